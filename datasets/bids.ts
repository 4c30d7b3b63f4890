import { lstat, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError, isVoxRxError, reviveError, type SerializedError } from "../src/errors.ts";
import { fileFault } from "../src/files/image-file.ts";
import { brokenLink, walkDirectory } from "../src/files/walk-directory.ts";
import { whenFileFree } from "../src/files/when-file-free.ts";
import { compareNames } from "../src/name-order.ts";
import { itemOperator } from "../src/operator/item-operator.ts";
import { checkOptions, nonEmptySchema, recordSchema } from "../src/options.ts";
import { type BidsName, parseBidsName } from "./bids-name.ts";
import { csv } from "./csv.ts";
import { badDatalist } from "./datalist.ts";
import { ignoreRules } from "./ignore-rules.ts";
import { Sidecars } from "./sidecars.ts";

/** Options of {@link bids}: each selects which files become items. */
export interface BidsOptions {
  /** Suffix, or several: `"T1w"`, `"bold"`. Default: all. */
  readonly suffix?: string | readonly string[];
  /** Data type (the name of its directory), or several: `"anat"`, `"func"`, `"dwi"`. Default: all. */
  readonly datatype?: string | readonly string[];
  /** Subjects, without `sub-`. Default: all. */
  readonly subjects?: readonly string[];
  /** Sessions, without `ses-`. Default: all. */
  readonly sessions?: readonly string[];
  /** Required values of other entities, by short name: `{ task: "rest", run: "1" }`. Default: any. */
  readonly entities?: Readonly<Record<string, string>>;
  /** File extensions. Default `[".nii.gz", ".nii"]`. */
  readonly extensions?: readonly string[];
  /** Name of a pipeline in `derivatives` whose files to use instead of the raw data. Default: the raw data. */
  readonly derivative?: string;
}

/** One image of a study. */
export interface BidsItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Subject, without `sub-`. */
  readonly subject: string;
  /** Session, without `ses-`; absent if the study has no sessions. */
  readonly session?: string;
  readonly datatype: string;
  readonly suffix: string;
  /** All entities of the file name by short name: `{ sub: "01", task: "rest" }`. */
  readonly entities: Readonly<Record<string, string>>;
  /** The sidecar JSON with inheritance: files closer to the image override others. */
  readonly sidecar: Readonly<Record<string, unknown>>;
  /** The subject's row of `participants.tsv`, as strings by column; absent if there is none. */
  readonly participant?: Readonly<Record<string, string>>;
}

/**
 * The images of a study in the Brain Imaging Data Structure (BIDS 1.10), sorted by name; the item id is the path
 * relative to the root. Entities are read from the file name, sidecar JSON files are inherited according to the
 * standard, and `participants.tsv` is joined by subject. Files that `.bidsignore` names are left out, and links are
 * followed. An indexed dataset; the directory is read by the first run.
 *
 * A damaged sidecar stops only the images that inherit it: `onError({ skip: true })` after `bids` skips these.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING`, `VOXRX_EMPTY_FOLDER` if no image matches, `VOXRX_BAD_DATALIST`
 * for a damaged table, and for each image with a damaged sidecar
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
  const dir = checked.derivative === undefined ? study : join(study, "derivatives", checked.derivative);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const files = await filesOf(dir, signal);
    const images = files.flatMap((path) => imageAt(path, checked));
    if (images.length === 0) throw noMatch(dir);
    const sidecars = new Sidecars(dir, files);
    const participants = await participantsOf(study);
    const items: ListedImage[] = [];
    for (const { path, name, datatype } of images) {
      signal.throwIfAborted();
      const { entities, suffix } = name;
      const participant = participants.get(entities.sub ?? "");
      items.push({
        image: join(dir, path),
        subject: entities.sub ?? "",
        ...(entities.ses === undefined ? {} : { session: entities.ses }),
        datatype,
        suffix,
        entities,
        ...(await sidecarOf(sidecars.of(path, name))),
        ...misplacement(dir, path, name),
        ...(participant ? { participant } : {}),
      });
    }
    return items;
  };
  const listed = Dataset.lazy(list, {
    name: "bids",
    id: ({ image }) => image.slice(dir.length + 1).replaceAll("\\", "/"),
  });
  return listed.pipe(refuseDamaged());
}

/** An image, and why its sidecar can't be read: thrown only for this item, so that it can be skipped. */
interface ListedImage extends BidsItem {
  readonly damage?: SerializedError;
}

const refuseDamaged = itemOperator()({
  name: "bids",
  version: 1,
  options: {},
  apply: (item: ListedImage): BidsItem => {
    if (item.damage) throw reviveError(item.damage);
    return item;
  },
});

/** The sidecar of an image, or what is wrong with it. */
async function sidecarOf(reading: Promise<BidsItem["sidecar"]>): Promise<Pick<ListedImage, "sidecar" | "damage">> {
  try {
    return { sidecar: await reading };
  } catch (error) {
    if (isVoxRxError(error)) return { sidecar: {}, damage: error.toJSON() };
    throw error;
  }
}

/** The fault of an image in the directory of another subject or session: to which of the two it belongs is unknown. */
function misplacement(dir: string, path: string, { entities }: BidsName): Pick<ListedImage, "damage"> {
  for (const entity of ["sub", "ses"]) {
    const holder = path
      .split("/")
      .slice(0, -1)
      .find((name) => name.startsWith(`${entity}-`));
    if (holder === undefined || holder === `${entity}-${entities[entity]}`) continue;
    const found = entities[entity] === undefined ? `has no ${entity}-` : `says ${entity}-${entities[entity]}`;
    return { damage: badDatalist(join(dir, path), `its name ${found}, but its directory ${holder}`).toJSON() };
  }
  return {};
}

/** All files of a study that are not ignored, sorted. */
async function filesOf(dir: string, signal: AbortSignal): Promise<string[]> {
  const isIgnored = ignoreRules(await textOf(join(dir, ".bidsignore")));
  const { files } = await walkDirectory(dir, signal);
  const kept = files.filter(({ name }) => !isIgnored(name));
  // A link without an extension led to a directory of a subject: which images it held is unknown.
  const broken = kept.find(({ name, realPath }) => realPath === undefined && /^sub-[^.]*$/.test(name));
  if (broken) throw brokenLink(join(dir, broken.name));
  return kept.map(({ name }) => name).sort(compareNames);
}

/** The content of a file; empty if it does not exist. */
async function textOf(path: string): Promise<string> {
  return whenFileFree(() => readFile(path, "utf8")).catch((cause) => {
    const fault = fileFault(cause, path);
    if (isVoxRxError(fault, "VOXRX_FILE_MISSING")) return "";
    throw fault;
  });
}

const text = nonEmptySchema;
const oneOrMore = v.pipe(
  v.union([text, v.pipe(v.array(text), v.minLength(1))]),
  v.transform((given) => [given].flat()),
);
const schema = v.strictObject({
  suffix: v.optional(oneOrMore),
  datatype: v.optional(oneOrMore),
  subjects: v.optional(v.pipe(v.array(text), v.minLength(1))),
  sessions: v.optional(v.pipe(v.array(text), v.minLength(1))),
  entities: v.optional(recordSchema(text, text), {}),
  extensions: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.startsWith(".", 'expected an extension such as ".nii"'))), v.minLength(1)),
    [".nii.gz", ".nii"],
  ),
  derivative: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^/\\]+$/, "a name, not a path"),
      v.check((name) => name !== "..", "a name, not a path"),
    ),
  ),
});

interface FoundImage {
  readonly path: string;
  readonly name: BidsName;
  readonly datatype: string;
}

/** The file as an image of the study; empty if the options don't select it. */
function imageAt(path: string, wanted: v.InferOutput<typeof schema>): FoundImage[] {
  const dirs = path.split("/").slice(0, -1);
  const [top] = dirs;
  if (!top?.startsWith("sub-")) return [];
  const name = parseBidsName(basename(path));
  const datatype = dirs.at(-1) ?? "";
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

/** Rows of participants.tsv by subject, without `sub-`; empty without the file. */
async function participantsOf(study: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const path = join(study, "participants.tsv");
  // A link that leads nowhere is there: reading it then fails.
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return new Map();
  const rows = await csv(path, { delimiter: "\t", columns: await headerOf(path) }).toArray();
  return new Map(rows.map((row) => [String(row.participant_id).replace(/^sub-/, ""), row]));
}

async function headerOf(path: string): Promise<string[]> {
  const text = await whenFileFree(() => readFile(path, "utf8")).catch((cause) => {
    throw fileFault(cause, path);
  });
  const [first = ""] = text.replace(/^\uFEFF/, "").split(/\r?\n/, 1);
  const columns = first.split("\t").map((name) => name.trim());
  if (columns.includes("participant_id")) return columns;
  throw badDatalist(path, "it has no column participant_id");
}

function noMatch(dir: string): FormatError {
  return new FormatError("VOXRX_EMPTY_FOLDER", "no image of the study matches the options", {
    file: dir,
    remedy: "Give the directory that contains sub-…, or relax suffix, datatype, subjects, sessions and entities.",
  });
}
