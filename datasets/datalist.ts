import { stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { BadJson, readJson } from "../src/files/read-json.ts";
import {
  type Confinement,
  confinementOf,
  confinementRemedy,
  faultOfPath,
  faultOfText,
} from "../src/format/confined-paths.ts";
import { isUrl } from "../src/http/read-source.ts";
import { checkOptions, nonEmptySchema, recordSchema } from "../src/options.ts";
import { shownUrl } from "../src/shown-url.ts";

/** Options of {@link datalist}. */
export interface DatalistOptions {
  /** Name of the list in the file: `training`, `validation`, `test` or another one. Default `"training"`. */
  readonly section?: string;
  /** Directory that relative paths start from. Default: the directory of the file. */
  readonly base?: string;
  /**
   * Directory that all files must be inside of, after links are resolved; URLs are refused then. Default: none for a
   * list that you wrote; `base` for one that VoxRx downloaded or extracted from an archive.
   */
  readonly root?: string;
  /** Leave out entries without a label, so that `label` is always there. Default false. */
  readonly labeled?: boolean;
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

/** An entry with a label, as {@link datalist} gives them with `labeled`. */
export interface LabeledDatalistItem extends DatalistItem {
  /** Absolute path or URL of the label, or a list of them. */
  readonly label: string | readonly string[];
}

/**
 * The items listed in a JSON file in the format of the Medical Segmentation Decathlon: `{ "training": [{ "image": …,
 * "label": … }] }`; a path alone stands for `{ image }`. `image` and `label` are paths; any other string becomes a path
 * if such a file exists (MONAI: `load_decathlon_datalist`). A list of paths, as MONAI writes for the sequences of BraTS,
 * is one image of several files: `load` joins them as channels. HTTP URLs stay as they are. The item id is the path of
 * the image, or of its first file, relative to `base`. With `labeled`, only entries that have a `label`. An indexed
 * dataset; the file is read by the first run.
 *
 * A list that you wrote may name any file. One that `download`, `downloadFile`, `extract`, `extractArchive` or
 * `defineDataset` brought may only name files inside of `base`, and no URL: the records in `.voxrx` tell. `root`
 * confines any list, or gives one that was brought more room.
 *
 * The file is JSON in UTF-8, or UTF-16 with a byte order mark; `NaN` and `Infinity`, as Python writes them, are numbers.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_BAD_DATALIST` for a damaged file, a missing section, a path where none is allowed, or if
 * `labeled` leaves no entry; `VOXRX_FILE_MISSING`
 * @example
 * ```ts
 * import { datalist } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const validation = datalist("data/dataset.json", { section: "validation" }).pipe(load("image"));
 * const training = datalist("data/dataset.json", { labeled: true }).pipe(load(["image", "label"]));
 * ```
 */
export function datalist(
  path: string,
  options: DatalistOptions & { readonly labeled: true },
): IndexedDataset<LabeledDatalistItem>;
export function datalist(path: string, options?: DatalistOptions): IndexedDataset<DatalistItem>;
export function datalist(path: string, options: DatalistOptions = {}): IndexedDataset<DatalistItem> {
  const { section, base, root, labeled } = checkOptions("datalist", schema, options);
  const dir = resolve(base ?? dirname(path));
  const list = async () => {
    const lists = await readListFile(path);
    const listed = Object.hasOwn(lists, section) ? lists[section] : undefined;
    if (listed === undefined) throw badDatalist(path, noList(section, lists));
    const items = await itemsOf(listed, { dir, file: path, confinement: await confinementOf(path, { root, dir }) });
    if (!labeled) return items;
    const chosen = items.filter(({ label }) => label !== undefined);
    if (chosen.length > 0) return chosen;
    const fault = `none of the ${items.length} entries of the list "${section}" has a label`;
    throw badDatalist(path, fault, undefined, "Choose another section, or leave out labeled.");
  };
  return Dataset.lazy(list, { name: "datalist", id: ({ image }) => idOf(dir, image) });
}

/** The names of other lists are shown, since `test` may be called `validation`. */
function noList(section: string, lists: object): string {
  const names = Object.entries(lists).flatMap(([name, value]) => (Array.isArray(value) ? [name] : []));
  return `it has no list named "${section}"${names.length === 0 ? "" : `; it has ${names.slice(0, 8).join(", ")}`}`;
}

const schema = v.strictObject({
  section: v.optional(nonEmptySchema, "training"),
  base: v.optional(nonEmptySchema),
  root: v.optional(nonEmptySchema),
  labeled: v.optional(v.boolean(), false),
});
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

/** A list file, and where its files are. */
export interface ListPlace {
  /** Directory that relative paths start from. */
  readonly dir: string;
  /** Path of the list. */
  readonly file: string;
  readonly confinement: Confinement | undefined;
}

/** The entries of a list, with absolute paths. */
export async function itemsOf(listed: unknown, place: ListPlace): Promise<DatalistItem[]> {
  const { file } = place;
  if (!Array.isArray(listed)) throw badDatalist(file, "the section is not a list");
  const items: DatalistItem[] = [];
  for (const [n, given] of listed.entries()) {
    const entry = v.safeParse(entrySchema, given);
    const image = entry.success ? pathsIn(entry.output.image) : undefined;
    if (!entry.success || image === undefined) {
      throw badDatalist(file, `entry ${n} of the list names no image: expected a path, or a list of paths`);
    }
    const fields = await Promise.all(
      Object.entries(entry.output).map(async ([name, value]) => {
        return [name, await resolvedField(name, value, place, `entry ${n}, field "${name}"`)] as const;
      }),
    );
    items.push({
      ...Object.fromEntries(fields),
      image: await resolvedPaths(image, place, `entry ${n}, field "image"`),
    });
  }
  return items;
}

async function resolvedField(name: string, value: unknown, place: ListPlace, where: string): Promise<unknown> {
  const paths = pathsIn(value);
  if (paths === undefined) return value;
  if (name === "image" || name === "label") return resolvedPaths(paths, place, where);
  const { confinement, dir } = place;
  for (const path of confinement ? [paths].flat() : []) {
    const fault = confinement && (await faultOfText(path, dir, confinement));
    if (fault !== undefined) throw outside(path, fault, place, where);
  }
  const areFiles = await Promise.all([paths].flat().map((path) => isFile(dir, path)));
  return areFiles.every(Boolean) ? resolvedPaths(paths, place, where) : value;
}

/** A path, or a list of them; undefined for anything else. */
function pathsIn(value: unknown): Paths | undefined {
  const paths = v.safeParse(pathsSchema, value);
  return paths.success ? paths.output : undefined;
}

async function resolvedPaths(paths: Paths, place: ListPlace, where: string): Promise<Paths> {
  if (typeof paths === "string") return resolvedPath(paths, place, where);
  return Promise.all(paths.map((path) => resolvedPath(path, place, where)));
}

/** Whether a string that may be a fact names a file, or a directory below that of the list. */
async function isFile(dir: string, name: string): Promise<boolean> {
  if (isUrl(name) || name.length > 1024 || name.includes("\0")) return false;
  const path = resolve(dir, name);
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (found.isFile() || (path !== dir && path.startsWith(join(dir, sep))));
}

async function resolvedPath(path: string, place: ListPlace, where: string): Promise<string> {
  const { confinement, dir, file } = place;
  const fault = confinement && (await faultOfPath(path, dir, confinement));
  if (fault !== undefined) throw outside(path, fault, place, where);
  if (isUrl(path)) return path;
  const shown = JSON.stringify(shownUrl(path).slice(0, 200));
  if (/^\s*[a-z][a-z\d+.-]+:[\\/]/i.test(path))
    throw badDatalist(file, `${where}: ${shown} is not an http or https URL`);
  if (path.includes("\0")) throw badDatalist(file, `${where}: ${shown} has a NUL`);
  return resolve(dir, path);
}

function outside(path: string, fault: string, { confinement, file }: ListPlace, where: string): FormatError {
  const shown = JSON.stringify(shownUrl(path).slice(0, 200));
  const words = `the list may only name files inside of ${confinement?.root}, but ${where}: ${shown} ${fault}`;
  return badDatalist(file, words, undefined, confinement && confinementRemedy(confinement));
}

/** The error for an invalid data list. */
export function badDatalist(
  file: string,
  fault: string,
  cause?: unknown,
  remedy = "Correct the file, or choose another section or base directory.",
): FormatError {
  return new FormatError("VOXRX_BAD_DATALIST", `the data list is invalid: ${fault}`, {
    file,
    cause,
    remedy,
  });
}
