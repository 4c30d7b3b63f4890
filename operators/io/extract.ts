import { dirname, join } from "node:path";
import { z } from "zod";
import { type ExtractLimits, extractArchive, limitsSchema } from "../../src/archive/extract.ts";
import { parseBytes } from "../../src/bytes.ts";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { PipelineError } from "../../src/errors.ts";
import { identifyFile } from "../../src/fingerprint/file.ts";
import { checkOptions } from "../../src/options.ts";

/** Options of {@link extract}. */
export interface ExtractOptions extends ExtractLimits {
  /** Folder that files go to. Default: the folder in which each archive lies. */
  readonly dir?: string;
}

/** An archive to be extracted. */
export interface ArchiveFile {
  /** Path of the archive. */
  readonly path: string;
}

/** What came of an archive. */
export interface ExtractedFiles {
  /** Absolute path of the folder. */
  readonly dir: string;
  /** Absolute paths of the archive's files, sorted. */
  readonly files: readonly string[];
}

/** What becomes of an item that is extracted. A bare path becomes a record. */
export type Extracted<T> = (T extends string ? { path: string } : Omit<T, keyof ExtractedFiles>) & ExtractedFiles;

const schema = limitsSchema.extend({ dir: z.string().min(1).optional() });

/**
 * Extracts the archive that an item names (tar, tar.gz or zip) and adds `dir` and `files` (absolute paths, sorted) to the item: a bare path
 * becomes `{ path, dir, files }`. All files of an archive appear, or none; what is extracted and intact is left alone. Deterministic.
 *
 * @throws what {@link extractArchive} throws, and PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { extract, flatMap } from "voxrx/operators";
 * const scans = Dataset.from(["data/scans.zip"]).pipe(
 *   extract({ maxBytes: "10GiB" }),
 *   flatMap(({ files }) => files),
 * );
 * ```
 */
export function extract<T extends string | ArchiveFile>(options?: ExtractOptions): IndexedOperator<T, Extracted<T>>;
export function extract(options: ExtractOptions = {}): IndexedOperator<never, unknown> {
  const { dir, ...limits } = checkOptions("extract", schema, options);
  const maxBytes = parseBytes(limits.maxBytes, "maxBytes", "extract");
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "extract",
    version: 1,
    options: { dir }, // limits tell when to refuse, not what comes out
    async apply(item, context) {
      const archive = pathOf(item);
      const target = dir ?? dirname(archive);
      context.dependsOn(await identifyFile(archive).catch(() => unknownFile(archive)));
      const { maxEntries } = limits;
      const done = await extractArchive({ archive, dir: target, maxBytes, maxEntries, signal: context.signal });
      const files = done.files.map((name) => join(done.dir, name));
      return Object.assign({}, typeof item === "string" ? { path: item } : item, { dir: done.dir, files });
    },
  });
}

/** Stands for a file that is not there; extractArchive says so better than the system. */
function unknownFile(path: string) {
  return { path, size: -1, modified: "", changed: "" };
}

function pathOf(item: unknown): string {
  const path = typeof item === "string" ? item : fieldOf(item, "path");
  if (typeof path === "string" && path !== "") return path;
  throw new PipelineError("VOXRX_WRONG_FIELD", 'field "path" is no path of an archive', {
    remedy: "Put download() before, or give paths.",
  });
}
