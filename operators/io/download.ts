import { basename, join, resolve } from "node:path";
import type { Observable } from "rxjs";
import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { checksumsSchema, downloadFile, type TransferOptions, transferSchema } from "../../src/http/download-file.ts";
import { isRecordDirectory } from "../../src/http/download-record.ts";
import { identifyFile } from "../../src/http/identify-file.ts";
import { unknownIdentity } from "../../src/http/identify-url.ts";
import { isUrl } from "../../src/http/read-source.ts";
import { withFields } from "../../src/item/record.ts";
import { bytesSchema, countSchema, nonEmptySchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { shownUrl } from "../../src/shown-url.ts";
import { itemOperator } from "../declare.ts";

/** Options of {@link download}. */
export interface DownloadOptions extends TransferOptions {
  /** Directory to download files to. Created if missing. */
  readonly dir: string;
  /** Files downloaded at once. Default 2. */
  readonly concurrency?: number;
}

/** A file to download. */
export interface RemoteFile {
  /** URL, `http` or `https`. */
  readonly url: string;
  /** Name below the directory, with `/` between subdirectories. Default: the last part of the URL. */
  readonly filename?: string | undefined;
  /** Published MD5, hexadecimal. */
  readonly md5?: string | undefined;
  /** Published SHA-256, hexadecimal. */
  readonly sha256?: string | undefined;
}

/** The type of an item `T` after `download`. A bare URL becomes a record. */
export type Downloaded<T> = T extends string ? { url: string; path: string } : Omit<T, "path"> & { path: string };

/** The factory of {@link download}. */
export type Download = <T extends string | RemoteFile = never>(
  options: DownloadOptions,
) => [T] extends [never]
  ? <U extends string | RemoteFile>(source: Observable<U>) => Piped<Downloaded<U>, true>
  : Operator<T, Downloaded<T>, true>;

const itemSchema = v.object({
  url: nonEmptySchema,
  filename: v.optional(nonEmptySchema),
  ...checksumsSchema.entries,
});

/**
 * Downloads the file that an item names, and adds its absolute `path` to the item: `"https://…"` becomes
 * `{ url, path }`, and a record `{ url, filename?, md5?, sha256? }` gets a `path`. The `url` of the result is without user,
 * password, query and fragment, because a cache may store it. A file that is already in the
 * directory and has the given checksum is not downloaded again, so that needs no network. Deterministic. `headers` are
 * never shown or stored.
 *
 * @throws the errors of {@link downloadFile}, and PipelineError `VOXRX_WRONG_FIELD` for an item that does not name a
 * file
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { download, extract } from "voxrx/operators";
 * const scans = Dataset.from([{ url: "https://example.org/scans.tar", md5: "9e107d9d372bb6826bd81d3542a419d6" }]).pipe(
 *   download({ dir: "data" }),
 *   extract(),
 * );
 * for await (const { dir, files } of scans) console.log(dir, files.length);
 * ```
 */
export const download = itemOperator<DownloadOptions, Download>()({
  name: "download",
  version: 1,
  options: {
    ...transferSchema.entries,
    dir: nonEmptySchema,
    maxBytes: v.optional(bytesSchema, "1TiB"),
    concurrency: v.optional(countSchema, 2),
  },
  // Transfer settings do not change the file, so they are not part of its identity.
  identity: ({ dir }) => ({ dir }),
  concurrency: ({ concurrency }) => concurrency,
  async apply(item: unknown, { dir, concurrency: _, ...transfer }, context) {
    const file = remoteFile(item);
    const path = join(resolve(dir), filename(file));
    const { url, md5, sha256 } = file;
    const request = { ...transfer, url, md5, sha256, path, signal: context.signal };
    const downloaded = await downloadFile(request).catch((error: unknown) => {
      // An item that is left out may come when the server sends the file.
      if (isUrl(url)) context.dependsOn(unknownIdentity(url));
      throw error;
    });
    if (context.recordsFiles) context.dependsOn(await identifyFile(downloaded.path));
    return withFields(typeof item === "string" ? {} : item, [
      ["url", shownUrl(url)],
      ["path", downloaded.path],
    ]);
  },
});

function remoteFile(item: unknown): RemoteFile {
  const file = v.safeParse(itemSchema, typeof item === "string" ? { url: item } : item);
  if (file.success) return file.output;
  const [first] = file.issues;
  const where = v.getDotPath(first) ?? "the item";
  throw new PipelineError("VOXRX_WRONG_FIELD", `${where}: ${first.message}`, {
    // The issues are not added as `cause`: they contain the item, whose URL may have secrets.
    remedy: "Give a URL, or a record { url, filename?, md5?, sha256? }.",
  });
}

/** The name of a file below the directory. It comes with the data, so it must not point anywhere else. */
function filename({ url, filename: given }: RemoteFile): string {
  const name = given ?? lastPart(url);
  const parts = name.split("/");
  const isSafe = parts.every((part) => part !== "" && part !== "." && part !== "..") && !/[\\\0]|^[a-z]:/i.test(name);
  const isOurs = parts.some(isRecordDirectory) || unfinishedDownload.test(name);
  if (isSafe && !isOurs) return name;
  const fault = isOurs ? "is a name that VoxRx uses for its own files" : "is not a valid file name below the directory";
  throw new PipelineError("VOXRX_WRONG_FIELD", `${JSON.stringify(name)} ${fault}`, {
    file: given === undefined ? url : undefined,
    remedy: "Give the item a valid filename.",
  });
}

/** What is written next to a file while it is downloaded. */
const unfinishedDownload = /\.part(?:\.json|\.lock(?:\..*)?)?$/i;

function lastPart(url: string): string {
  const last = URL.canParse(url) ? basename(new URL(url).pathname) : "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
