import { access, readFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { fileFault } from "../src/files/image-file.ts";
import { checkOptions, nonEmptySchema, recordSchema } from "../src/options.ts";

/** Options of {@link datalist}. */
export interface DatalistOptions {
  /** Name of the list in the file: `training`, `validation`, `test` or another one. Default `"training"`. */
  readonly section?: string;
  /** Base directory of paths, which must stay inside it. Default: the directory of the file. */
  readonly base?: string;
}

/** One entry of a data list: paths are absolute, everything else is as in the file. */
export interface DatalistItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Absolute path of the label, if there is one. */
  readonly label?: string;
  readonly [fact: string]: unknown;
}

/**
 * The items listed in a JSON file in the format of the Medical Segmentation Decathlon: `{ "training": [{ "image": …,
 * "label": … }] }`; a path alone stands for `{ image }`. `image` and `label` are paths; any other string becomes a path
 * if such a file exists (MONAI: `load_decathlon_datalist`). The item id is the path of the image relative to `base`. An
 * indexed dataset; the file is read by the first run.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_BAD_DATALIST` for a damaged file, a missing section or a path outside `base`;
 * `VOXRX_FILE_MISSING`
 * @example
 * ```ts
 * import { datalist } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const validation = datalist("data/dataset.json", { section: "validation" }).pipe(load("image"));
 * ```
 */
export function datalist(path: string, options: DatalistOptions = {}): IndexedDataset<DatalistItem> {
  const { section, base } = checkOptions("datalist", schema, options);
  const dir = resolve(base ?? dirname(path));
  const list = async () => {
    const listed = (await readListFile(path))[section];
    if (listed === undefined) throw badDatalist(path, `it has no list named "${section}"`);
    return itemsOf(listed, dir, path);
  };
  return Dataset.lazy(list, { name: "datalist", id: ({ image }) => relativeId(dir, image) });
}

const schema = v.strictObject({ section: v.optional(nonEmptySchema, "training"), base: v.optional(nonEmptySchema) });
const entrySchema = v.union([
  nonEmptySchema,
  v.pipe(
    recordSchema(v.string(), v.unknown()),
    v.check(({ image }) => v.is(nonEmptySchema, image)),
  ),
]);

/** A path relative to a directory, with `/` on every system: usable as an item id. */
export function relativeId(dir: string, path: string): string {
  return relative(dir, path).replaceAll("\\", "/");
}

/** Reads a JSON file with an object. @throws FormatError `VOXRX_BAD_DATALIST`, `VOXRX_FILE_MISSING` */
export async function readListFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw fileFault(cause, path);
  });
  try {
    return v.parse(recordSchema(v.string(), v.unknown()), JSON.parse(text));
  } catch (cause) {
    throw badDatalist(path, "it is not a JSON object", cause);
  }
}

/** The entries of a list, with absolute paths. */
export async function itemsOf(listed: unknown, dir: string, file: string): Promise<DatalistItem[]> {
  const checked = v.safeParse(v.array(entrySchema), listed);
  if (!checked.success)
    throw badDatalist(file, "not every entry of the list names an image", new v.ValiError(checked.issues));
  return Promise.all(
    checked.output.map(async (entry) => {
      const record: Record<string, unknown> = typeof entry === "string" ? { image: entry } : { ...entry };
      for (const [name, value] of Object.entries(record)) {
        if (typeof value !== "string") continue;
        const isPath = name === "image" || name === "label";
        if (isPath) record[name] = inside(dir, value, file);
        else if (await isFileInside(dir, value)) record[name] = resolve(dir, value);
      }
      return { ...record, image: String(record.image) };
    }),
  );
}

async function isFileInside(dir: string, name: string): Promise<boolean> {
  if (name === "" || name.length > 1024 || name.includes("\0") || isOutside(dir, name)) return false;
  return access(resolve(dir, name)).then(
    () => true,
    () => false,
  );
}

function isOutside(dir: string, name: string): boolean {
  const below = relative(dir, resolve(dir, name));
  return below === "" || below.startsWith("..") || isAbsolute(below);
}

function inside(dir: string, name: string, file: string): string {
  if (name.includes("\0") || isOutside(dir, name))
    throw badDatalist(file, `its path "${name}" is outside the base directory`);
  return resolve(dir, name);
}

/** The error for an invalid data list. */
export function badDatalist(file: string, fault: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_DATALIST", `the data list is invalid: ${fault}`, {
    file,
    cause,
    remedy: "Correct the file, or choose another section or base directory.",
  });
}
