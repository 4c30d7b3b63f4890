import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import type { IndexedDataset } from "../src/dataset.ts";
import { confinedTo } from "../src/format/confined-paths.ts";
import { checkOptions, integerSchema, nonEmptySchema, numberSchema, recordSchema } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { badDatalist, type DatalistItem, itemsOf, readListFile, relativeId } from "./datalist.ts";
import { type DecathlonTaskName, decathlonTasks } from "./decathlon-tasks.ts";
import { defineDataset, type PublicDatasetOptions } from "./define-dataset.ts";
import { sections } from "./sections.ts";
import type { SectionName } from "./split-manifest.ts";

/** Options of {@link decathlon}. */
export interface DecathlonOptions<N extends DecathlonTaskName, S extends SectionName> extends PublicDatasetOptions {
  /** The task, such as `"Task09_Spleen"`. */
  readonly task: N;
  /** `training` and `validation` are parts of the task's list `training`; `test` is its list `test`, without labels. */
  readonly section: S;
  /** Fraction of the list `training` used for validation. Default 0.2. */
  readonly valFrac?: number;
  /** Seed of the split, a 32-bit unsigned integer. Default 0. */
  readonly seed?: number;
  /** Random generator of the split; `"monai"` yields the sections of MONAI's `DecathlonDataset`. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** A JSON file that stores the split; see {@link sections}. Default: none. */
  readonly manifest?: string;
}

/** Paths of a scan, for `load(["image", "label"])`. */
export interface DecathlonItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Absolute path of the label. */
  readonly label: string;
  /** Name of the case, such as `spleen_12`. */
  readonly subject: string;
}

/** The content of a task's `dataset.json`. */
export interface DecathlonProperties {
  readonly name: string;
  readonly description: string;
  readonly reference: string;
  readonly licence: string;
  readonly tensorImageSize: string;
  /** Name of each channel of an image. */
  readonly modality: readonly string[];
  /** Name of each label value. */
  readonly labels: readonly string[];
  readonly numTraining: number;
  readonly numTest: number;
}

/** A section of a task: its items and facts about the task. */
export type Decathlon<N extends DecathlonTaskName, S extends SectionName> = IndexedDataset<
  S extends "test" ? Omit<DecathlonItem, "label"> : DecathlonItem
> & {
  /** Name of each channel of an image. */
  readonly modality: (typeof decathlonTasks)[N]["modality"];
  /** Name of each label value: `labels[1]` is the name of label 1. */
  readonly labels: (typeof decathlonTasks)[N]["labels"];
  /** Reads the task's `dataset.json`, after downloading the dataset if necessary. */
  properties(): Promise<DecathlonProperties>;
};

/**
 * A task of the Medical Segmentation Decathlon (MONAI: `DecathlonDataset`): paths of images and labels as listed in
 * `dataset.json`. Training and validation are disjoint and determined by the seed. The item id is the path of the image
 * relative to the task's directory, so that caches and random draws stay valid if the root is moved.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` (no files, and `download` is false), `VOXRX_BAD_DATALIST`; the
 * errors of download and extraction
 * @example
 * ```ts
 * import { decathlon } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const spleen = decathlon({ root: "data", task: "Task09_Spleen", section: "training", download: true });
 * console.log(spleen.labels[1]); // "spleen"
 * const scans = spleen.pipe(load(["image", "label"]));
 * ```
 */
export function decathlon<const N extends DecathlonTaskName, const S extends SectionName>(
  options: DecathlonOptions<N, S>,
): Decathlon<N, S>;
export function decathlon(options: DecathlonOptions<DecathlonTaskName, SectionName>): IndexedDataset<ListedScan> {
  const { task, section, valFrac, seed, rng, manifest, ...place } = options;
  const checked = checkOptions("decathlon", schema, { task, section, valFrac, seed, rng, manifest });
  const whole = archive({ ...place, task: checked.task, list: checked.section === "test" ? "test" : "training" });
  const { valFrac: share, ...split } = checked;
  const dataset =
    split.section === "test"
      ? whole
      : sections(whole, {
          rule: "decathlon",
          valFrac: share,
          seed: split.seed,
          rng: split.rng,
          ...(split.manifest === undefined ? {} : { manifest: split.manifest }),
        })[split.section];
  const { modality, labels } = decathlonTasks[checked.task];
  const file = join(resolve(place.root), checked.task, "dataset.json");
  const properties = async () => {
    await whole.ready();
    return propertiesOf(await readListFile(file), file);
  };
  return Object.assign(dataset, { modality, labels, properties });
}

const taskNames = v.custom<DecathlonTaskName>(
  (name) => typeof name === "string" && Object.hasOwn(decathlonTasks, name),
  `the tasks are ${Object.keys(decathlonTasks).join(", ")}`,
);
const schema = v.strictObject({
  task: taskNames,
  section: v.picklist(["training", "validation", "test"]),
  valFrac: v.optional(v.pipe(numberSchema, v.minValue(0), v.maxValue(1)), 0.2),
  seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff)), 0),
  rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
  manifest: v.optional(nonEmptySchema),
});

/** An item of either list. */
type ListedScan = Omit<DecathlonItem, "label"> & Partial<Pick<DecathlonItem, "label">>;

const archive = defineDataset<ListedScan, { readonly task: DecathlonTaskName; readonly list: "training" | "test" }>({
  name: "decathlon",
  resource: ({ task }) => `https://msd-for-monai.s3-us-west-2.amazonaws.com/${task}.tar`,
  checksum: ({ task }) => ({ md5: decathlonTasks[task].md5 }),
  layout: { dir: ({ task }) => task },
  limits: { maxBytes: "128GiB", maxEntries: 20_000 },
  async items({ dir, params }) {
    const file = join(dir, "dataset.json");
    const confinement = await confinedTo(dir, false);
    const listed = await itemsOf((await readListFile(file))[params.list], { dir, file, confinement });
    return listed.map((item) => scanOf(item, params.list === "training", file));
  },
  id: ({ image }) => relativeId(resolve(image, "..", ".."), image),
});

function scanOf({ image, label }: DatalistItem, isLabeled: boolean, file: string): ListedScan {
  if (typeof image !== "string" || (label !== undefined && typeof label !== "string")) {
    throw badDatalist(file, "an image or label is a list of files, but each is one file in every task");
  }
  const subject = basename(image).replace(/\.nii(\.gz)?$/, "");
  if (isLabeled && label === undefined) throw badDatalist(file, `${subject} has no label`);
  return isLabeled && label !== undefined ? { image, label, subject } : { image, subject };
}

const named = v.pipe(
  v.union([recordSchema(v.string(), v.string()), v.array(v.string())]),
  v.transform((names) => {
    if (Array.isArray(names)) return names;
    const byNumber = Object.entries(names).sort(([a], [b]) => Number(a) - Number(b));
    return byNumber.map(([, name]) => name);
  }),
);
const text = v.optional(v.string(), "");
const propertiesSchema = v.object({
  name: v.string(),
  description: text,
  reference: text,
  licence: text,
  tensorImageSize: text,
  modality: named,
  labels: named,
  numTraining: v.pipe(integerSchema, v.minValue(0)),
  numTest: v.pipe(integerSchema, v.minValue(0)),
});

function propertiesOf(content: unknown, file: string): DecathlonProperties {
  const checked = v.safeParse(propertiesSchema, content);
  if (checked.success) return checked.output;
  throw badDatalist(file, "it is not the dataset.json of a task", new v.ValiError(checked.issues));
}
