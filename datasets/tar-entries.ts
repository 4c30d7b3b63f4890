import * as v from "valibot";
import { type NameFilter, nameFilterSchema, nameTest } from "../src/archive/name-filter.ts";
import { type ArchivedFile, tarFiles } from "../src/archive/tar-files.ts";
import { type Bytes, parseBytes } from "../src/bytes.ts";
import { Dataset } from "../src/dataset.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { checkOptions, nonEmptySchema, numberSchema } from "../src/options.ts";
import type { Seed } from "../src/random/random.ts";

/** Options of {@link tarEntries}. */
export interface TarEntriesOptions {
  /**
   * Files to read, as glob patterns of their names in the archive: `"*.nii.gz"`. The others are skipped. Default: all.
   */
  readonly filter?: NameFilter;
  /** Largest selected file allowed, in bytes: each is held in memory. Default `"2GiB"`. */
  readonly maxItemBytes?: Bytes;
  /** Published MD5 of the archive, hexadecimal. Default: not checked. */
  readonly md5?: string;
  /** Published SHA-256 of the archive, hexadecimal. Default: not checked. */
  readonly sha256?: string;
  /**
   * HTTP headers for the server, such as an authorization. Never sent to another origin, never shown in a message.
   * Default none.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seed of random operators after this dataset. Default 0. */
  readonly seed?: Seed;
}

/**
 * The files of a tar or tar.gz on disk or on a server, without extracting it: one pass, one file in memory at a time,
 * nothing written to disk. A stream, opened again by every run; the item id is the name of the file. Gzip is detected
 * from the content. An interrupted transfer resumes where it stopped.
 *
 * Directories and files that macOS adds (`__MACOSX`, `._*`) are skipped; links, devices and names that could leave a
 * directory are errors. Whether the archive is complete and has the expected checksum is only known at its end: an
 * error there means that the items before it came from a bad archive.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` (damaged, truncated, not a tar), `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH`, after the last item
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 * @throws DownloadError `VOXRX_HTTP_STATUS`, `VOXRX_OFFLINE`, `VOXRX_DOWNLOAD_FAILED`, `VOXRX_INCOMPLETE_DOWNLOAD`,
 * `VOXRX_UNEXPECTED_CONTENT`
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
  const maxItemBytes = parseBytes(checked.maxItemBytes, "maxItemBytes", "tarEntries");
  const filter = nameTest(checked.filter);
  return Dataset.from(({ signal }) => tarFiles(source, { signal, headers, filter, maxItemBytes, md5, sha256 }), {
    name: "tarEntries",
    id: ({ name }) => name,
    ...(seed === undefined ? {} : { seed }),
  });
}

const schema = v.strictObject({
  source: nonEmptySchema,
  filter: v.optional(nameFilterSchema),
  maxItemBytes: v.optional(v.union([numberSchema, v.string()]), "2GiB"),
  md5: v.optional(v.pipe(v.string(), v.regex(/^[\da-f]{32}$/i, "an md5 is 32 hexadecimal digits"), v.toLowerCase())),
  sha256: v.optional(
    v.pipe(v.string(), v.regex(/^[\da-f]{64}$/i, "a sha256 is 64 hexadecimal digits"), v.toLowerCase()),
  ),
  headers: v.optional(headersSchema),
  seed: v.optional(v.union([numberSchema, v.string()])),
});
