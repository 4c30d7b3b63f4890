import { access, readFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { z } from "zod";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { fileFault } from "../src/files/image-file.ts";
import { checkOptions } from "../src/options.ts";

/** Options of {@link datalist}. */
export interface DatalistOptions {
  /** Which list of the file: `training`, `validation`, `test` or another name. Default `"training"`. */
  readonly section?: string;
  /** Folder that paths start from, and may not leave. Default: the folder of the file. */
  readonly base?: string;
}

/** One entry of a data list: paths are absolute, everything else is as in the file. */
export interface DatalistItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Absolute path of the label, where there is one. */
  readonly label?: string;
  readonly [fact: string]: unknown;
}

/**
 * The items that a JSON file in the form of the Medical Segmentation Decathlon lists: `{ "training": [{ "image": …, "label": … }] }`; a bare
 * path counts as `{ image }`. `image` and `label` are paths; another text becomes a path if there is such a file (MONAI:
 * `load_decathlon_datalist`). Items are keyed by their image's path below `base`. An indexed dataset; the file is read when it is first run.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_BAD_DATALIST` for a damaged file, an absent section or a path that leaves `base`; `VOXRX_FILE_MISSING`
 * @example
 * ```ts
 * import { datalist } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const validation = datalist("data/dataset.json", { section: "validation" }).pipe(load("image"));
 * ```
 */
export function datalist(path: string, options: DatalistOptions = {}): IndexedDataset<DatalistItem> {
  const { section, base } = checkOptions("datalist", schema, options);
  const folder = resolve(base ?? dirname(path));
  const list = async () => {
    const listed = (await readListFile(path))[section];
    if (listed === undefined) throw badDatalist(path, `it has no list named "${section}"`);
    return itemsOf(listed, folder, path);
  };
  return Dataset.lazy(list, { name: "datalist", key: ({ image }) => keyBelow(folder, image) });
}

const schema = z.strictObject({ section: z.string().min(1).default("training"), base: z.string().min(1).optional() });
const entrySchema = z.union([z.string().min(1), z.looseObject({ image: z.string().min(1) })]);

/** A path below a folder, with `/` on every machine. */
export function keyBelow(folder: string, path: string): string {
  return relative(folder, path).replaceAll("\\", "/");
}

/** A JSON file that must hold an object. @throws FormatError `VOXRX_BAD_DATALIST`, `VOXRX_FILE_MISSING` */
export async function readListFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw fileFault(cause, path);
  });
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw badDatalist(path, "it is no JSON object", cause);
  }
}

/** The entries of a list, with absolute paths. */
export async function itemsOf(listed: unknown, folder: string, file: string): Promise<DatalistItem[]> {
  const checked = z.array(entrySchema).safeParse(listed);
  if (!checked.success) throw badDatalist(file, "its list does not name an image in every entry", checked.error);
  return Promise.all(
    checked.data.map(async (entry) => {
      const record: Record<string, unknown> = typeof entry === "string" ? { image: entry } : { ...entry };
      for (const [name, value] of Object.entries(record)) {
        if (typeof value !== "string") continue;
        const isPath = name === "image" || name === "label";
        if (isPath) record[name] = inside(folder, value, file);
        else if (await isFileInside(folder, value)) record[name] = resolve(folder, value);
      }
      return { ...record, image: String(record.image) };
    }),
  );
}

async function isFileInside(folder: string, name: string): Promise<boolean> {
  if (name === "" || name.length > 1024 || name.includes("\0") || climbs(folder, name)) return false;
  return access(resolve(folder, name)).then(
    () => true,
    () => false,
  );
}

function climbs(folder: string, name: string): boolean {
  const below = relative(folder, resolve(folder, name));
  return below === "" || below.startsWith("..") || isAbsolute(below);
}

function inside(folder: string, name: string, file: string): string {
  if (name.includes("\0") || climbs(folder, name)) throw badDatalist(file, `its path "${name}" leaves the folder`);
  return resolve(folder, name);
}

/** A list of data that does not serve, and why. */
export function badDatalist(file: string, fault: string, cause?: unknown): FormatError {
  return new FormatError("VOXRX_BAD_DATALIST", `the list of data does not serve: ${fault}`, {
    file,
    cause,
    remedy: "Correct the file, or name another section or base folder.",
  });
}
