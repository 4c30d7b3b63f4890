import { dirname, join } from "node:path";
import type { Observable } from "rxjs";
import * as v from "valibot";
import { type ExtractLimits, extractArchive, limitsSchema } from "../../src/archive/extract-archive.ts";
import { PipelineError } from "../../src/errors.ts";
import { identifyFile } from "../../src/http/identify-file.ts";
import { withFields } from "../../src/item/record.ts";
import { fieldOf } from "../../src/operator/fields.ts";
import { bytesSchema, nonEmptySchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { itemOperator } from "../declare.ts";

/** Options of {@link extract}. */
export interface ExtractOptions extends ExtractLimits {
  /** Directory to extract files to. Default: the directory of each archive. */
  readonly dir?: string;
}

/** An archive to extract. */
export interface ArchiveFile {
  /** Path of the archive. */
  readonly path: string;
}

/** What an archive was extracted to. */
export interface ExtractedFiles {
  /** Absolute path of the directory. */
  readonly dir: string;
  /** Absolute paths of the archive's files, sorted. */
  readonly files: readonly string[];
}

/** The type of an item `T` after `extract`. A bare path becomes a record. */
export type Extracted<T> = (T extends string ? { path: string } : Omit<T, keyof ExtractedFiles>) & ExtractedFiles;

/** The factory of {@link extract}. */
export type Extract = <T extends string | ArchiveFile = never>(
  options?: ExtractOptions,
) => [T] extends [never]
  ? <U extends string | ArchiveFile>(source: Observable<U>) => Piped<Extracted<U>, true>
  : Operator<T, Extracted<T>, true>;

/**
 * Extracts the archive that an item names (tar, tar.gz or zip), and adds `dir` and `files` (absolute paths, sorted) to
 * the item: a bare path becomes `{ path, dir, files }`. If it fails or is aborted, no file appears. An archive that
 * is already extracted and intact is not extracted again. Deterministic.
 *
 * @throws the errors of {@link extractArchive}, and PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { extract, flatMap } from "voxrx/operators";
 * const scans = Dataset.from(["data/scans.tar"]).pipe(
 *   extract({ maxBytes: "10GiB" }),
 *   flatMap(({ files }) => files),
 * );
 * ```
 */
export const extract = itemOperator<ExtractOptions, Extract>()({
  name: "extract",
  version: 1,
  options: { ...limitsSchema.entries, dir: v.optional(nonEmptySchema), maxBytes: v.optional(bytesSchema, "256GiB") },
  // Limits decide when to fail, not what the result is.
  identity: ({ dir }) => ({ dir }),
  async apply(item: unknown, { dir, ...limits }, context) {
    const archive = pathOf(item);
    if (context.recordsFiles) context.dependsOn(await identifyFile(archive).catch(() => unknownFile(archive)));
    const extracted = await extractArchive({
      ...limits,
      archive,
      dir: dir ?? dirname(archive),
      signal: context.signal,
    });
    const files = extracted.files.map((name) => join(extracted.dir, name));
    return withFields(typeof item === "string" ? { path: item } : item, Object.entries({ dir: extracted.dir, files }));
  },
});

/** Identity of a file that does not exist. The error of extractArchive for it is clearer than that of the system. */
function unknownFile(path: string) {
  return { path, size: -1, modified: "", changed: "" };
}

function pathOf(item: unknown): string {
  const path = typeof item === "string" ? item : fieldOf(item, "path");
  if (typeof path === "string" && path !== "") return path;
  throw new PipelineError("VOXRX_WRONG_FIELD", 'field "path" is not the path of an archive', {
    remedy: "Put download() before it, or give paths of archives.",
  });
}
