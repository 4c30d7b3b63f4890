import { basename, join, resolve } from "node:path";
import { z } from "zod";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { badDatalist, type DatalistItem, itemsOf, keyBelow, readListFile } from "./datalist.ts";
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
  /** Share of the list `training` that is for validation. Default 0.2. */
  readonly valFrac?: number;
  /** Seed of the split, a whole number of 32 bits. Default 0. */
  readonly seed?: number;
  /** Generator of the split; `"monai"` gives the sections of MONAI's `DecathlonDataset`. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** A JSON file that keeps the split; see {@link sections}. Default: none. */
  readonly manifest?: string;
}

/** A scan to be read with `load(["image", "label"])`. */
export interface DecathlonItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Absolute path of the label. */
  readonly label: string;
  /** Name of the case, such as `spleen_12`. */
  readonly subject: string;
}

/** What a task's `dataset.json` says. */
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

/** A section of a task: its items, and what is known of the task. */
export type Decathlon<N extends DecathlonTaskName, S extends SectionName> = IndexedDataset<
  S extends "test" ? Omit<DecathlonItem, "label"> : DecathlonItem
> & {
  /** Name of each channel of an image. */
  readonly modality: (typeof decathlonTasks)[N]["modality"];
  /** Name of each label value: `labels[1]` is what 1 stands for. */
  readonly labels: (typeof decathlonTasks)[N]["labels"];
  /** Reads what `dataset.json` says of the task, once the dataset is there. */
  properties(): Promise<DecathlonProperties>;
};

/**
 * A task of the Medical Segmentation Decathlon (MONAI: `DecathlonDataset`): paths of images and labels as `dataset.json` lists them. Training and
 * validation are disjoint and fixed by the seed. Items are keyed by their image's path below the task's folder, so that caches and
 * draws survive a move of the root.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` (nothing there, no download), `VOXRX_BAD_DATALIST`; what downloads and extraction throw
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

const taskNames = z.custom<DecathlonTaskName>(
  (name) => typeof name === "string" && Object.hasOwn(decathlonTasks, name),
  `the tasks are ${Object.keys(decathlonTasks).join(", ")}`,
);
const schema = z.strictObject({
  task: taskNames,
  section: z.enum(["training", "validation", "test"]),
  valFrac: z.number().min(0).max(1).default(0.2),
  seed: z.int().min(0).max(0xffffffff).default(0),
  rng: z.enum(["voxrx", "monai"]).default("voxrx"),
  manifest: z.string().min(1).optional(),
});

/** An item of either list. */
type ListedScan = Omit<DecathlonItem, "label"> & Partial<Pick<DecathlonItem, "label">>;

const archive = defineDataset<ListedScan, { readonly task: DecathlonTaskName; readonly list: "training" | "test" }>({
  name: "decathlon",
  resource: ({ task }) => `https://msd-for-monai.s3-us-west-2.amazonaws.com/${task}.tar`,
  checksum: ({ task }) => ({ md5: decathlonTasks[task].md5 }),
  layout: { folder: ({ task }) => task },
  limits: { maxBytes: "128GiB", maxEntries: 20_000 },
  async items({ folder, params }) {
    const file = join(folder, "dataset.json");
    const listed = await itemsOf((await readListFile(file))[params.list], folder, file);
    return listed.map((item) => scanOf(item, params.list === "training", file));
  },
  key: ({ image }) => keyBelow(resolve(image, "..", ".."), image),
});

function scanOf({ image, label }: DatalistItem, isLabelled: boolean, file: string): ListedScan {
  const subject = basename(image).replace(/\.nii(\.gz)?$/, "");
  if (isLabelled && label === undefined) throw badDatalist(file, `${subject} has no label`);
  return isLabelled && label !== undefined ? { image, label, subject } : { image, subject };
}

const named = z.union([z.record(z.string(), z.string()), z.array(z.string())]).transform((names) => {
  if (Array.isArray(names)) return names;
  const byNumber = Object.entries(names).sort(([a], [b]) => Number(a) - Number(b));
  return byNumber.map(([, name]) => name);
});
const text = z.string().default("");
const propertiesSchema = z.object({
  name: z.string(),
  description: text,
  reference: text,
  licence: text,
  tensorImageSize: text,
  modality: named,
  labels: named,
  numTraining: z.int().min(0),
  numTest: z.int().min(0),
});

function propertiesOf(content: unknown, file: string): DecathlonProperties {
  const checked = propertiesSchema.safeParse(content);
  if (checked.success) return checked.data;
  throw badDatalist(file, "it does not say what a task's dataset.json says", checked.error);
}
