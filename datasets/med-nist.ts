import { resolve } from "node:path";
import * as v from "valibot";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions, integerSchema, nonEmptySchema, numberSchema } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { relativeId } from "./datalist.ts";
import { defineDataset, type PublicDatasetOptions } from "./define-dataset.ts";
import { type ClassifiedImage, classifyImages } from "./image-folder.ts";
import { sections } from "./sections.ts";
import type { SectionName } from "./split-manifest.ts";

/** Options of {@link medNist}. */
export interface MedNistOptions extends PublicDatasetOptions {
  readonly section: SectionName;
  /** Fraction of the images used for validation. Default 0.1. */
  readonly valFrac?: number;
  /** Fraction of the images used for testing. Default 0.1. */
  readonly testFrac?: number;
  /** Seed of the split, a 32-bit unsigned integer. Default 0. */
  readonly seed?: number;
  /** Random generator of the split; `"monai"` splits like MONAI does for files sorted by name. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** A JSON file that stores the split; see {@link sections}. Default: none. */
  readonly manifest?: string;
}

/** The six classes, in the order of their labels. */
export const medNistClasses = ["AbdomenCT", "BreastMRI", "CXR", "ChestCT", "Hand", "HeadCT"] as const;

/** A section of MedNIST: its items, and the names of the classes. */
export type MedNist = IndexedDataset<ClassifiedImage> & {
  /** The six classes, in the order of their labels. */
  readonly classNames: typeof medNistClasses;
};

/**
 * MedNIST: 58,954 gray JPEGs of 64 x 64 pixels in six classes, collected by B. J. Erickson (Mayo Clinic), CC BY-SA 4.0
 * (MONAI: `MedNISTDataset`). Files are sorted by name before they are split, so that sections are the same on every
 * machine; MONAI uses the order of the directory listing. The item id is the path relative to the dataset's directory.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` (no files, and `download` is false), `VOXRX_EMPTY_FOLDER`; the
 * errors of download and extraction
 * @example
 * ```ts
 * import { medNist } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const training = medNist({ root: "data", section: "training", download: true });
 * console.log(training.classNames.length); // 6
 * const images = training.pipe(load("image"));
 * ```
 */
export function medNist(options: MedNistOptions): MedNist {
  const { section, valFrac, testFrac, seed, rng, manifest, ...place } = options;
  const checked = checkOptions("medNist", schema, { section, valFrac, testFrac, seed, rng, manifest });
  const { section: part, manifest: kept, ...split } = checked;
  const rule = { rule: "mednist", ...split, ...(kept === undefined ? {} : { manifest: kept }) } as const;
  return Object.assign(sections(archive(place), rule)[part], { classNames: medNistClasses });
}

const share = v.pipe(numberSchema, v.minValue(0), v.maxValue(1));
const schema = v.strictObject({
  section: v.picklist(["training", "validation", "test"]),
  valFrac: v.optional(share, 0.1),
  testFrac: v.optional(share, 0.1),
  seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff)), 0),
  rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
  manifest: v.optional(nonEmptySchema),
});

const archive = defineDataset<ClassifiedImage>({
  name: "medNist",
  resource: "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/MedNIST.tar.gz",
  checksum: {
    md5: "0bc7306e7427e00ad1c5526a6677552d",
    sha256: "f2f4881ff8799a170b10a403495f0ce0ad7486491901cde67a647e6627e7f916",
  },
  layout: { dir: "MedNIST" },
  limits: { maxBytes: "4GiB", maxEntries: 100_000 },
  items: ({ dir, files }) => classifyImages(dir, files, [".jpeg", ".jpg"], medNistClasses),
  id: ({ image }) => relativeId(resolve(image, "..", ".."), image),
});
