import { access } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { BadJson, readJson } from "../src/files/read-json.ts";
import { isUrl } from "../src/http/read-source.ts";
import { checkOptions, nonEmptySchema, recordSchema } from "../src/options.ts";
import { shownUrl } from "../src/shown-url.ts";

/** Options of {@link datalist}. */
export interface DatalistOptions {
  /** Name of the list in the file: `training`, `validation`, `test` or another one. Default `"training"`. */
  readonly section?: string;
  /** Base directory of paths, which must stay inside it. Default: the directory of the file. */
  readonly base?: string;
}

/** Where an image is: a path or URL, or a list of them whose images are the channels of one. */
type Paths = string | readonly string[];

/** One entry of a data list: paths are absolute, everything else is as in the file. */
export interface DatalistItem {
  /** Absolute path or URL of the image. A list: files that are joined as channels, in this order. */
  readonly image: string | readonly string[];
  /** Absolute path or URL of the label, if there is one; or a list of them. */
  readonly label?: string | readonly string[];
  readonly [fact: string]: unknown;
}

/**
 * The items listed in a JSON file in the format of the Medical Segmentation Decathlon: `{ "training": [{ "image": …,
 * "label": … }] }`; a path alone stands for `{ image }`. `image` and `label` are paths; any other string becomes a path
 * if such a file exists (MONAI: `load_decathlon_datalist`). A list of paths, as MONAI writes for the sequences of BraTS,
 * is one image of several files: `load` joins them as channels. HTTP URLs stay as they are. The item id is the path of
 * the image, or of its first file, relative to `base`. An indexed dataset; the file is read by the first run.
 *
 * The file is JSON in UTF-8, or UTF-16 with a byte order mark; `NaN` and `Infinity`, as Python writes them, are numbers.
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
    const lists = await readListFile(path);
    const listed = Object.hasOwn(lists, section) ? lists[section] : undefined;
    if (listed === undefined) throw badDatalist(path, `it has no list named "${section}"`);
    return itemsOf(listed, dir, path);
  };
  return Dataset.lazy(list, { name: "datalist", id: ({ image }) => idOf(dir, image) });
}

const schema = v.strictObject({ section: v.optional(nonEmptySchema, "training"), base: v.optional(nonEmptySchema) });
const pathsSchema = v.union([nonEmptySchema, v.pipe(v.array(nonEmptySchema), v.minLength(1))]);
const entrySchema = v.union([
  v.pipe(
    nonEmptySchema,
    v.transform((image): Readonly<Record<string, unknown>> => ({ image })),
  ),
  recordSchema(v.string(), v.unknown()),
]);

function idOf(dir: string, image: Paths): string {
  const first = typeof image === "string" ? image : (image[0] ?? "");
  return isUrl(first) ? shownUrl(first) : relativeId(dir, first);
}

/** A path relative to a directory, with `/` on every system: usable as an item id. */
export function relativeId(dir: string, path: string): string {
  return relative(dir, path).replaceAll("\\", "/");
}

/** Reads a JSON file with an object. @throws FormatError `VOXRX_BAD_DATALIST`, `VOXRX_FILE_MISSING` */
export async function readListFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const content = await readJson(path).catch((cause) => {
    throw cause instanceof BadJson ? badDatalist(path, cause.message, cause) : cause;
  });
  const checked = v.safeParse(recordSchema(v.string(), v.unknown()), content);
  if (!checked.success) throw badDatalist(path, "it is not a JSON object", new v.ValiError(checked.issues));
  return checked.output;
}

/** The entries of a list, with absolute paths. */
export async function itemsOf(listed: unknown, dir: string, file: string): Promise<DatalistItem[]> {
  if (!Array.isArray(listed)) throw badDatalist(file, "the section is not a list");
  return Promise.all(
    listed.map(async (given: unknown, n) => {
      const entry = v.safeParse(entrySchema, given);
      const image = entry.success ? pathsIn(entry.output.image) : undefined;
      if (!entry.success || image === undefined) {
        throw badDatalist(file, `entry ${n} of the list names no image: expected a path, or a list of paths`);
      }
      const resolved = await Promise.all(
        Object.entries(entry.output).map(async ([name, value]) => [name, await resolvedField(name, value)] as const),
      );
      return { ...Object.fromEntries(resolved), image: pathsBelow(image, dir, file) };
    }),
  );

  async function resolvedField(name: string, value: unknown): Promise<unknown> {
    const paths = pathsIn(value);
    if (paths === undefined) return value;
    if (name === "image" || name === "label") return pathsBelow(paths, dir, file);
    const areFiles = await Promise.all([paths].flat().map((path) => isFileInside(dir, path)));
    return areFiles.every(Boolean) ? pathsBelow(paths, dir, file) : value;
  }
}

/** A path, or a list of them; undefined for anything else. */
function pathsIn(value: unknown): Paths | undefined {
  const paths = v.safeParse(pathsSchema, value);
  return paths.success ? paths.output : undefined;
}

function pathsBelow(paths: Paths, dir: string, file: string): Paths {
  return typeof paths === "string" ? inside(dir, paths, file) : paths.map((path) => inside(dir, path, file));
}

async function isFileInside(dir: string, name: string): Promise<boolean> {
  if (isUrl(name) || name.length > 1024 || name.includes("\0") || isOutside(dir, name)) return false;
  return access(resolve(dir, name)).then(
    () => true,
    () => false,
  );
}

function isOutside(dir: string, name: string): boolean {
  const below = relative(dir, resolve(dir, name));
  return below === "" || below === ".." || /^\.\.[\\/]/.test(below) || isAbsolute(below);
}

function inside(dir: string, name: string, file: string): string {
  if (isUrl(name)) return name;
  const shown = JSON.stringify(shownUrl(name).slice(0, 200));
  if (/^\s*[a-z][a-z\d+.-]+:[\\/]/i.test(name)) throw badDatalist(file, `${shown} is not an http or https URL`);
  if (name.includes("\0")) throw badDatalist(file, `its path ${shown} has a NUL`);
  if (isOutside(dir, name)) throw badDatalist(file, `its path ${shown} is outside the base directory`);
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
