import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { Dataset } from "../src/dataset.ts";
import { fieldOf, presentKeys } from "../src/operator/fields.ts";
import { checkOptions, keysSchema } from "../src/options.ts";

/** Options of {@link checkMissingFiles}. */
export interface CheckMissingFilesOptions {
  /** Fields that hold paths, or lists of paths. */
  readonly keys: string | readonly string[];
  /** Folder that relative paths start from. Default: the process's working folder. */
  readonly root?: string;
  /** Whether items may lack a field. Default false: that is an error. */
  readonly allowMissingKeys?: boolean;
}

/**
 * The paths that items name and that are not there, in their order, each once (MONAI: `check_missing_files`). Files are not opened.
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
  const { keys, root, allowMissingKeys } = checkOptions("checkMissingFiles", schema, options);
  const missing = new Set<string>();
  for await (const item of Dataset.from(dataset)) {
    for (const key of presentKeys(item, { keys, allowMissingKeys })) {
      for (const path of [fieldOf(item, key)].flat()) {
        if (typeof path !== "string") continue;
        const file = root === undefined ? path : resolve(root, path);
        if (!missing.has(file) && !(await isThere(file))) missing.add(file);
      }
    }
  }
  return [...missing];
}

const schema = z.strictObject({
  keys: keysSchema,
  root: z.string().min(1).optional(),
  allowMissingKeys: z.boolean().default(false),
});

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
