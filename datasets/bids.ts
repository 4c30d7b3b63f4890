import { access, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { checkOptions } from "../src/options.ts";
import { type BidsName, parseBidsName } from "./bids-name.ts";
import { csv } from "./csv.ts";
import { badDatalist, readListFile } from "./datalist.ts";
import { listFiles } from "./list-files.ts";

/** Options of {@link bids}: each narrows down which files are items. */
export interface BidsOptions {
  /** Suffix, or several: `"T1w"`, `"bold"`. Default: all. */
  readonly suffix?: string | readonly string[];
  /** Folder of the kind of data, or several: `"anat"`, `"func"`, `"dwi"`. Default: all. */
  readonly datatype?: string | readonly string[];
  /** Subjects, without `sub-`. Default: all. */
  readonly subjects?: readonly string[];
  /** Sessions, without `ses-`. Default: all. */
  readonly sessions?: readonly string[];
  /** Values that other entities must have, by short name: `{ task: "rest", run: "1" }`. Default: any. */
  readonly entities?: Readonly<Record<string, string>>;
  /** Endings of the files. Default `[".nii.gz", ".nii"]`. */
  readonly extensions?: readonly string[];
  /** Name of a pipeline below `derivatives` to take files from instead of the raw data. Default: the raw data. */
  readonly derivative?: string;
}

/** One image of a study. */
export interface BidsItem {
  /** Absolute path. */
  readonly image: string;
  /** Without `sub-`. */
  readonly subject: string;
  /** Without `ses-`; absent without sessions. */
  readonly session?: string;
  readonly datatype: string;
  readonly suffix: string;
  /** All entities of the name by their short names: `{ sub: "01", task: "rest" }`. */
  readonly entities: Readonly<Record<string, string>>;
  /** The sidecar JSON, inherited: what files nearer to the image say wins. */
  readonly sidecar: Readonly<Record<string, unknown>>;
  /** The subject's row of `participants.tsv`, as texts by column; absent without one. */
  readonly participant?: Readonly<Record<string, string>>;
}

/**
 * The images of a study in the Brain Imaging Data Structure (BIDS 1.10), sorted by name and keyed by their path below the root. Entities
 * are read off the name, sidecar JSON is inherited as the standard says, `participants.tsv` is joined by subject. An indexed dataset;
 * the folder is read with the first run.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING`, `VOXRX_EMPTY_FOLDER` when nothing fits, `VOXRX_BAD_DATALIST` for a damaged sidecar or table
 * @example
 * ```ts
 * import { bids } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const rest = bids("study", { datatype: "func", suffix: "bold", entities: { task: "rest" } }).pipe(load("image"));
 * for await (const { image, subject, sidecar } of rest) console.log(subject, image.shape, sidecar.RepetitionTime);
 * ```
 */
export function bids(root: string, options: BidsOptions = {}): IndexedDataset<BidsItem> {
  const checked = checkOptions("bids", schema, options);
  const study = resolve(root);
  const folder = checked.derivative === undefined ? study : join(study, "derivatives", checked.derivative);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const files = await listFiles(folder, signal);
    const images = files.flatMap((path) => imageAt(path, checked));
    if (images.length === 0) throw nothingFits(folder);
    const sidecars = new Sidecars(folder, files);
    const participants = await participantsOf(study);
    const items: BidsItem[] = [];
    for (const { path, name, datatype } of images) {
      signal.throwIfAborted();
      const { entities, suffix } = name;
      const participant = participants.get(entities.sub ?? "");
      items.push({
        image: join(folder, path),
        subject: entities.sub ?? "",
        ...(entities.ses === undefined ? {} : { session: entities.ses }),
        datatype,
        suffix,
        entities,
        sidecar: await sidecars.of(path, name),
        ...(participant ? { participant } : {}),
      });
    }
    return items;
  };
  return Dataset.lazy(list, {
    name: "bids",
    key: ({ image }) => image.slice(folder.length + 1).replaceAll("\\", "/"),
  });
}

const text = z.string().min(1);
const oneOrMore = z.union([text, z.array(text).min(1)]).transform((given) => [given].flat());
const schema = z.strictObject({
  suffix: oneOrMore.optional(),
  datatype: oneOrMore.optional(),
  subjects: z.array(text).min(1).optional(),
  sessions: z.array(text).min(1).optional(),
  entities: z.record(text, text).default({}),
  extensions: z.array(z.string().startsWith(".")).min(1).default([".nii.gz", ".nii"]),
  derivative: z
    .string()
    .regex(/^[^/\\]+$/, "a name, not a path")
    .refine((name) => name !== "..", "a name, not a path")
    .optional(),
});

interface FoundImage {
  readonly path: string;
  readonly name: BidsName;
  readonly datatype: string;
}

/** A file as an image of the study, if it is one that is wanted. */
function imageAt(path: string, wanted: z.output<typeof schema>): FoundImage[] {
  const folders = path.split("/").slice(0, -1);
  const [top] = folders;
  if (!top?.startsWith("sub-")) return [];
  const name = parseBidsName(basename(path));
  const datatype = folders.at(-1) ?? "";
  if (!name || name.entities.sub === undefined || !wanted.extensions.includes(name.extension)) return [];
  const { sub, ses } = name.entities;
  const fits =
    (wanted.suffix?.includes(name.suffix) ?? true) &&
    (wanted.datatype?.includes(datatype) ?? true) &&
    (wanted.subjects?.includes(sub) ?? true) &&
    (wanted.sessions?.includes(ses ?? "") ?? true) &&
    Object.entries(wanted.entities).every(([entity, value]) => name.entities[entity] === value);
  return fits ? [{ path, name, datatype }] : [];
}

/** The sidecars of a study, read once each. */
class Sidecars {
  readonly #folder: string;
  readonly #byFolder = new Map<string, { readonly path: string; readonly name: BidsName }[]>();
  readonly #read = new Map<string, Promise<Readonly<Record<string, unknown>>>>();

  constructor(folder: string, files: readonly string[]) {
    this.#folder = folder;
    for (const path of files) {
      const name = path.endsWith(".json") ? parseBidsName(basename(path)) : undefined;
      if (!name) continue;
      const place = dirname(path);
      this.#byFolder.set(place, [...(this.#byFolder.get(place) ?? []), { path, name }]);
    }
  }

  /** What the sidecars of an image say together: those whose suffix is its own and whose entities it all has, from the root down. */
  async of(path: string, image: BidsName): Promise<Readonly<Record<string, unknown>>> {
    const folders = dirname(path).split("/");
    let together: Readonly<Record<string, unknown>> = {};
    for (let depth = 0; depth <= folders.length; depth++) {
      const place = depth === 0 ? "." : folders.slice(0, depth).join("/");
      const fitting = (this.#byFolder.get(place) ?? []).filter(({ name }) => isSidecarOf(name, image));
      fitting.sort((a, b) => Object.keys(a.name.entities).length - Object.keys(b.name.entities).length);
      for (const sidecar of fitting) together = { ...together, ...(await this.#content(sidecar.path)) };
    }
    return together;
  }

  #content(path: string): Promise<Readonly<Record<string, unknown>>> {
    const known = this.#read.get(path) ?? readListFile(join(this.#folder, path));
    this.#read.set(path, known);
    return known;
  }
}

function isSidecarOf(sidecar: BidsName, image: BidsName): boolean {
  if (sidecar.suffix !== image.suffix) return false;
  return Object.entries(sidecar.entities).every(([entity, value]) => image.entities[entity] === value);
}

/** Rows of participants.tsv by subject, without `sub-`; empty without the file. */
async function participantsOf(study: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const path = join(study, "participants.tsv");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return new Map();
  const rows = await csv(path, { delimiter: "\t", columns: await headerOf(path) }).toArray();
  return new Map(rows.map((row) => [String(row.participant_id).replace(/^sub-/, ""), row]));
}

async function headerOf(path: string): Promise<string[]> {
  const [first = ""] = (await readFile(path, "utf8")).replace(/^\uFEFF/, "").split(/\r?\n/, 1);
  const columns = first.split("\t").map((name) => name.trim());
  if (columns.includes("participant_id")) return columns;
  throw badDatalist(path, "it has no column participant_id");
}

function nothingFits(folder: string): FormatError {
  return new FormatError("VOXRX_EMPTY_FOLDER", "no image of the study fits what was asked for", {
    file: folder,
    remedy: "Give the folder that holds sub-…, or ask for less with suffix, datatype, subjects, sessions and entities.",
  });
}
