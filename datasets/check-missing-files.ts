import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import * as v from "valibot";
import { Dataset } from "../src/dataset.ts";
import { isUrl } from "../src/http/read-source.ts";
import { fieldOf, presentKeys } from "../src/operator/fields.ts";
import { checkOptions, keysSchema, nonEmptySchema } from "../src/options.ts";

/** Options of {@link checkMissingFiles}. */
export interface CheckMissingFilesOptions {
  /** Fields with paths or lists of paths. */
  readonly keys: string | readonly string[];
  /** Base directory of relative paths. Default: the working directory. */
  readonly dir?: string;
  /** Whether items without a field are allowed. Default false: they are errors. */
  readonly allowMissingKeys?: boolean;
}

/**
 * Lists the paths in items that don't exist, in order and without duplicates (MONAI: `check_missing_files`). Files are
 * not opened, and URLs are not asked for.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_MISSING_KEY`
 * @example
 * ```ts
 * import { checkMissingFiles, datalist } from "voxrx/datasets";
 * const missing = await checkMissingFiles(datalist("data/dataset.json"), { keys: ["image", "label"] });
 * if (missing.length > 0) console.log("fetch these first:", missing);
 * ```
 */
export async function checkMissingFiles<T>(
  dataset: Dataset<T> | readonly T[],
  options: CheckMissingFilesOptions,
): Promise<string[]> {
  const { keys, dir, allowMissingKeys } = checkOptions("checkMissingFiles", schema, options);
  const missing = new Set<string>();
  for await (const item of Dataset.from(dataset)) {
    for (const key of presentKeys(item, { keys, allowMissingKeys })) {
      for (const path of [fieldOf(item, key)].flat()) {
        if (typeof path !== "string" || isUrl(path)) continue;
        const file = dir === undefined ? path : resolve(dir, path);
        if (!missing.has(file) && !(await isThere(file))) missing.add(file);
      }
    }
  }
  return [...missing];
}

const schema = v.strictObject({
  keys: keysSchema,
  dir: v.optional(nonEmptySchema),
  allowMissingKeys: v.optional(v.boolean(), false),
});

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
