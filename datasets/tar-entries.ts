import { z } from "zod";
import { type NameFilter, nameFilterSchema, nameTest } from "../src/archive/name-filter.ts";
import { type ArchivedFile, tarFiles } from "../src/archive/tar-stream.ts";
import { type Bytes, parseBytes } from "../src/bytes.ts";
import { Dataset } from "../src/dataset.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { checkOptions } from "../src/options.ts";
import type { Seed } from "../src/random/random.ts";

/** Options of {@link tarEntries}. */
export interface TarEntriesOptions {
  /** Which files are wanted, by patterns of their names in the archive: `"*.nii.gz"`. The others are passed over unread. Default: all. */
  readonly filter?: NameFilter;
  /** Bytes that one wanted file may have; it is held in memory whole. Default `"2GiB"`. */
  readonly maxEntryBytes?: Bytes;
  /** Published MD5 of the archive, hexadecimal. Default: not checked. */
  readonly md5?: string;
  /** Published SHA-256 of the archive, hexadecimal. Default: not checked. */
  readonly sha256?: string;
  /** Headers for the server (an authorization). They go to no other origin and into no message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What randomness behind this dataset starts from. Default 0. */
  readonly seed?: Seed;
}

/**
 * The files of a tar or tar.gz on disk or on a server, without unpacking it: one pass, one file in memory at a time, nothing written. A
 * stream, opened anew by every run; a file's key is its name. Gzip is told by the content. A line that breaks off is taken up where it stopped.
 *
 * Folders and what macOS adds (`__MACOSX`, `._*`) are left out; links, devices and names that lead out of a folder are refused. That the
 * archive is whole and has its checksum is only known at its end: an error there says that the items before it came from a bad archive.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` (damaged, cut off, no tar), `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH`, behind the last item
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 * @throws DownloadError `VOXRX_HTTP_STATUS`, `VOXRX_OFFLINE`, `VOXRX_DOWNLOAD_FAILED`, `VOXRX_INCOMPLETE_DOWNLOAD`, `VOXRX_UNEXPECTED_CONTENT`
 * @example
 * ```ts
 * import { tarEntries } from "voxrx/datasets";
 * import { decode } from "voxrx/operators";
 * const scans = tarEntries("https://example.org/scans.tar.gz", { filter: "*.nii.gz" }).pipe(decode());
 * for await (const scan of scans) console.log(scan.meta.source, scan.shape);
 * ```
 */
export function tarEntries(source: string, options: TarEntriesOptions = {}): Dataset<ArchivedFile> {
  const checked = checkOptions("tarEntries", schema, { ...options, source });
  const { headers, seed, md5, sha256 } = checked;
  const maxEntryBytes = parseBytes(checked.maxEntryBytes, "maxEntryBytes", "tarEntries");
  const filter = nameTest(checked.filter);
  return Dataset.from(({ signal }) => tarFiles(source, { signal, headers, filter, maxEntryBytes, md5, sha256 }), {
    name: "tarEntries",
    key: ({ name }) => name,
    ...(seed === undefined ? {} : { seed }),
  });
}

const schema = z.strictObject({
  source: z.string().min(1),
  filter: nameFilterSchema.optional(),
  maxEntryBytes: z.union([z.number(), z.string()]).default("2GiB"),
  md5: z.hex().length(32).toLowerCase().optional(),
  sha256: z.hex().length(64).toLowerCase().optional(),
  headers: headersSchema.optional(),
  seed: z.union([z.number(), z.string()]).optional(),
});
