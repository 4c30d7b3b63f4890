import { resolve } from "node:path";
import { z } from "zod";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { keyBelow } from "./datalist.ts";
import { defineDataset, type PublicDatasetOptions } from "./define-dataset.ts";
import { type ClassifiedImage, classified } from "./image-folder.ts";
import { sections } from "./sections.ts";
import type { SectionName } from "./split-manifest.ts";

/** Options of {@link medNist}. */
export interface MedNistOptions extends PublicDatasetOptions {
  readonly section: SectionName;
  /** Share of the images for validation. Default 0.1. */
  readonly valFrac?: number;
  /** Share of the images for testing. Default 0.1. */
  readonly testFrac?: number;
  /** Seed of the split, a whole number of 32 bits. Default 0. */
  readonly seed?: number;
  /** Generator of the split; `"monai"` splits as MONAI does a list in the order of names. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** A JSON file that keeps the split; see {@link sections}. Default: none. */
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
 * MedNIST: 58,954 grey JPEGs of 64 x 64 pixels in six classes, gathered by B. J. Erickson (Mayo Clinic), CC BY-SA 4.0 (MONAI: `MedNISTDataset`).
 * Names are sorted before they are split, so that sections are the same on every machine; MONAI takes them as the folder lists them.
 * Items are keyed by their path below the dataset's folder.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` (nothing there, no download), `VOXRX_EMPTY_FOLDER`; what downloads and extraction throw
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

const share = z.number().min(0).max(1);
const schema = z.strictObject({
  section: z.enum(["training", "validation", "test"]),
  valFrac: share.default(0.1),
  testFrac: share.default(0.1),
  seed: z.int().min(0).max(0xffffffff).default(0),
  rng: z.enum(["voxrx", "monai"]).default("voxrx"),
  manifest: z.string().min(1).optional(),
});

const archive = defineDataset<ClassifiedImage>({
  name: "medNist",
  resource: "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/MedNIST.tar.gz",
  checksum: {
    md5: "0bc7306e7427e00ad1c5526a6677552d",
    sha256: "f2f4881ff8799a170b10a403495f0ce0ad7486491901cde67a647e6627e7f916",
  },
  layout: { folder: "MedNIST" },
  limits: { maxBytes: "4GiB", maxEntries: 100_000 },
  items: ({ folder, files }) => classified(folder, files, [".jpeg", ".jpg"], medNistClasses),
  key: ({ image }) => keyBelow(resolve(image, "..", ".."), image),
});
