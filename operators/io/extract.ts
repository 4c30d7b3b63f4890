import { dirname, join } from "node:path";
import type { Observable } from "rxjs";
import { z } from "zod";
import { type ExtractLimits, extractArchive, limitsSchema } from "../../src/archive/extract-archive.ts";
import { PipelineError } from "../../src/errors.ts";
import { identifyFile } from "../../src/files/identify-file.ts";
import { fieldOf } from "../../src/operator/fields.ts";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { bytesSchema } from "../../src/options.ts";

/** Options of {@link extract}. */
export interface ExtractOptions extends ExtractLimits {
  /** Directory that files go to. Default: the one in which each archive lies. */
  readonly dir?: string;
}

/** An archive to be extracted. */
export interface ArchiveFile {
  /** Path of the archive. */
  readonly path: string;
}

/** What came of an archive. */
export interface ExtractedFiles {
  /** Absolute path of the directory. */
  readonly dir: string;
  /** Absolute paths of the archive's files, sorted. */
  readonly files: readonly string[];
}

/** What becomes of an item that is extracted. A bare path becomes a record. */
export type Extracted<T> = (T extends string ? { path: string } : Omit<T, keyof ExtractedFiles>) & ExtractedFiles;

/** The factory of {@link extract}. */
export type Extract = <T extends string | ArchiveFile = never>(
  options?: ExtractOptions,
) => [T] extends [never]
  ? <U extends string | ArchiveFile>(source: Observable<U>) => Piped<Extracted<U>, true>
  : Operator<T, Extracted<T>, true>;

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
export const extract = itemOperator<ExtractOptions, Extract>()({
  name: "extract",
  version: 1,
  options: { ...limitsSchema.shape, dir: z.string().min(1).optional(), maxBytes: bytesSchema.default("256GiB") },
  // Limits say when to refuse, not what comes out.
  identity: ({ dir }) => ({ dir }),
  async apply(item: unknown, { dir, ...limits }, context) {
    const archive = pathOf(item);
    context.dependsOn(await identifyFile(archive).catch(() => unknownFile(archive)));
    const done = await extractArchive({ ...limits, archive, dir: dir ?? dirname(archive), signal: context.signal });
    const files = done.files.map((name) => join(done.dir, name));
    return Object.assign({}, typeof item === "string" ? { path: item } : item, { dir: done.dir, files });
  },
});

/** Stands for a file that is not there; extractArchive says so better than the system. */
function unknownFile(path: string) {
  return { path, size: -1, modified: "", changed: "" };
}

function pathOf(item: unknown): string {
  const path = typeof item === "string" ? item : fieldOf(item, "path");
  if (typeof path === "string" && path !== "") return path;
  throw new PipelineError("VOXRX_WRONG_FIELD", 'field "path" is not the path of an archive', {
    remedy: "Put download() before, or give paths.",
  });
}
