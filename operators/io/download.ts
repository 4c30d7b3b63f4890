import { basename, join, resolve } from "node:path";
import type { Observable } from "rxjs";
import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import { identifyFile } from "../../src/files/identify-file.ts";
import { checksumsSchema, downloadFile, type TransferOptions, transferSchema } from "../../src/http/download-file.ts";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { bytesSchema, countSchema } from "../../src/options.ts";

/** Options of {@link download}. */
export interface DownloadOptions extends TransferOptions {
  /** Directory that files go to. Made if need be. */
  readonly dir: string;
  /** Files in transfer at once. Default 2. */
  readonly concurrency?: number;
}

/** One file to download. */
export interface RemoteFile {
  /** URL, `http` or `https`. */
  readonly url: string;
  /** Name below the directory, `/` between folders. Default: the last part of the URL. */
  readonly filename?: string | undefined;
  /** Published MD5, hexadecimal. */
  readonly md5?: string | undefined;
  /** Published SHA-256, hexadecimal. */
  readonly sha256?: string | undefined;
}

/** What becomes of an item that is downloaded. A bare URL becomes a record. */
export type Downloaded<T> = T extends string ? { url: string; path: string } : Omit<T, "path"> & { path: string };

/** The factory of {@link download}. */
export type Download = <T extends string | RemoteFile = never>(
  options: DownloadOptions,
) => [T] extends [never]
  ? <U extends string | RemoteFile>(source: Observable<U>) => Piped<Downloaded<U>, true>
  : Operator<T, Downloaded<T>, true>;

const itemSchema = z.object({
  url: z.string().min(1),
  filename: z.string().min(1).optional(),
  ...checksumsSchema.shape,
});

/**
 * Downloads the file that an item names and adds its absolute `path` to the item: `"https://…"` becomes `{ url, path }`, a record
 * `{ url, filename?, md5?, sha256? }` gains `path`. A file that is in the directory already and has the wanted checksum is not fetched,
 * and no network is needed then. Deterministic. `headers` are never shown or stored.
 *
 * @throws what {@link downloadFile} throws, and PipelineError `VOXRX_WRONG_FIELD` for an item that does not name a file
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { download, extract } from "voxrx/operators";
 * const folders = Dataset.from([{ url: "https://example.org/scans.tar", md5: "9e107d9d372bb6826bd81d3542a419d6" }]).pipe(
 *   download({ dir: "data" }),
 *   extract(),
 * );
 * for await (const { dir, files } of folders) console.log(dir, files.length);
 * ```
 */
export const download = itemOperator<DownloadOptions, Download>()({
  name: "download",
  version: 1,
  options: {
    ...transferSchema.shape,
    dir: z.string().min(1),
    maxBytes: bytesSchema.default("1TiB"),
    concurrency: countSchema.default(2),
  },
  // How a file is fetched is not part of what it is.
  identity: ({ dir }) => ({ dir }),
  concurrency: ({ concurrency }) => concurrency,
  async apply(item: unknown, { dir, concurrency: _, ...transfer }, context) {
    const file = remoteFile(item);
    const path = join(resolve(dir), filename(file));
    const wanted = { url: file.url, md5: file.md5, sha256: file.sha256 };
    const found = await downloadFile({ ...transfer, ...wanted, path, signal: context.signal });
    context.dependsOn(await identifyFile(found.path));
    return typeof item === "string" ? { url: item, path: found.path } : Object.assign({}, item, { path: found.path });
  },
});

function remoteFile(item: unknown): RemoteFile {
  const file = itemSchema.safeParse(typeof item === "string" ? { url: item } : item);
  if (file.success) return file.data;
  const [first] = file.error.issues;
  const where = first?.path.join(".") || "the item";
  throw new PipelineError("VOXRX_WRONG_FIELD", `${where}: ${first?.message ?? "names no file"}`, {
    cause: file.error,
    remedy: "Give a URL, or a record { url, filename?, md5?, sha256? }.",
  });
}

/** The name of a file below the directory. It comes with the data, so it must not lead elsewhere. */
function filename({ url, filename: given }: RemoteFile): string {
  const name = given ?? lastPart(url);
  const parts = name.split("/");
  const isSafe = parts.every((part) => part !== "" && part !== "." && part !== "..") && !/[\\\0]|^[a-z]:/i.test(name);
  if (isSafe) return name;
  throw new PipelineError("VOXRX_WRONG_FIELD", `${JSON.stringify(name)} is not a name for a file below the directory`, {
    file: given === undefined ? url : undefined,
    remedy: "Give the item a filename.",
  });
}

function lastPart(url: string): string {
  const last = URL.canParse(url) ? basename(new URL(url).pathname) : "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
