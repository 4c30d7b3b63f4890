import * as v from "valibot";
import { type Manifest, parseManifest } from "../src/blocks/block-manifest.ts";
import { isCompletion } from "../src/blocks/completion.ts";
import { OutputLayout } from "../src/blocks/output-layout.ts";
import { FormatError, isVoxRxError } from "../src/errors.ts";
import { parseJsonBytes } from "../src/files/read-json.ts";
import { isUrl, readSource } from "../src/http/read-source.ts";
import { parseUrl } from "../src/http/request.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { checkOptions, nonEmptySchema } from "../src/options.ts";
import { shownUrl } from "../src/shown-url.ts";

/** Options of {@link listShards}. */
export interface ListShardsOptions {
  /** Whether shards may be missing: then those that are there are listed. Not for URLs. Default false. */
  readonly partial?: boolean;
  /** HTTP headers for the server. Never sent to another origin. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * The shards that `voxrx run FILE --out DIR` wrote, in the order of their blocks, for {@link readShards}: what the
 * manifest of the directory names. `dir` is a path or the URL of a copy of the directory.
 *
 * @throws FormatError `VOXRX_FILE_MISSING` if a directory has no manifest, `VOXRX_BAD_MANIFEST` if it is damaged;
 * `VOXRX_INCOMPLETE` if blocks are not done
 * @throws DownloadError as `tarEntries`
 * @example
 * ```ts
 * import type { Volume } from "voxrx";
 * import { listShards, readShards } from "voxrx/datasets";
 * const training = readShards<{ image: Volume }>(await listShards("prepared"), {
 *   names: "field",
 *   shuffle: { shards: true, buffer: 64 },
 * });
 * ```
 */
export async function listShards(dir: string, options: ListShardsOptions = {}): Promise<readonly string[]> {
  const {
    partial,
    headers,
    signal = new AbortController().signal,
  } = checkOptions("listShards", schema, { ...options, dir });
  const read = (path: string) => jsonAt(path, headers, signal);
  if (isUrl(dir)) return shardsOfUrl(dir, partial, read);
  const layout = new OutputLayout(dir);
  const manifest = parseManifest(await read(layout.manifest), layout.manifest);
  const done = await layout.done();
  const there = manifest.blocks.filter(({ shard }) => done.has(shard));
  const missing = manifest.blocks.length - there.length;
  if (missing > 0 && !partial) throw incomplete(`${missing} of ${manifest.blocks.length} blocks are not done`, dir);
  return there.map(({ shard }) => layout.shard(shard));
}

const schema = v.strictObject({
  dir: nonEmptySchema,
  partial: v.optional(v.boolean(), false),
  headers: v.optional(headersSchema),
  signal: v.optional(v.instance(AbortSignal, "an AbortSignal")),
});

async function shardsOfUrl(
  dir: string,
  partial: boolean,
  read: (url: string) => Promise<unknown>,
): Promise<readonly string[]> {
  if (partial) throw incomplete("a server does not list what is there", dir);
  const manifest = parseManifest(await read(inDirectory(dir, "manifest.json")), shownUrl(dir));
  if (!(await saysComplete(manifest, inDirectory(dir, "complete.json"), read)))
    throw incomplete("no complete.json says that all blocks of its manifest are done", dir);
  return manifest.blocks.map(({ shard }) => inDirectory(dir, shard));
}

async function saysComplete(
  manifest: Manifest,
  url: string,
  read: (url: string) => Promise<unknown>,
): Promise<boolean> {
  try {
    return isCompletion(await read(url), manifest);
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_HTTP_STATUS") && /\b(404|410|403)\b/.test(error.fault)) return false; // 403: S3
    throw error;
  }
}

/** The URL of a file in the directory at a URL, whose query (a signature) stays. */
function inDirectory(dir: string, name: string): string {
  const url = parseUrl(dir);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${name}`;
  return url.href;
}

async function jsonAt(
  source: string,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const part of readSource(source, { signal, headers })) parts.push(part);
  try {
    return parseJsonBytes(Buffer.concat(parts));
  } catch {
    return undefined; // refused by the schema
  }
}

function incomplete(fault: string, dir: string): FormatError {
  return new FormatError("VOXRX_INCOMPLETE", fault, {
    file: shownUrl(dir),
    remedy:
      "Run the pipeline again with --out until all blocks are done; of a directory, `partial: true` lists what is there.",
  });
}
