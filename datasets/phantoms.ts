import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { isThere } from "../src/files/is-there.ts";
import { makeDirectoryOf, writeAtomically } from "../src/files/write-atomically.ts";
import { saveImage } from "../src/format/save-image.ts";
import { checkOptions, countSchema, nonEmptySchema } from "../src/options.ts";
import { Random } from "../src/random/random.ts";
import { phantomScan } from "./phantom-scan.ts";

/** Options of {@link phantoms}. */
export interface PhantomsOptions {
  /** Directory in which `Phantoms` is made. */
  readonly root: string;
  /** Number of scans. Default 24. */
  readonly count?: number;
}

/** A generated scan with its label. */
export interface PhantomItem {
  /** Path of the scan: int16, 1 mm, about 57 x 65 x 55 voxels, stored in LPS. */
  readonly image: string;
  /** Path of its label: 1 for two nuclei deep in the brain, 2 for a lesion. */
  readonly label: string;
}

/** Names of the labels by value, as in a `dataset.json` of the Decathlon. */
const labels = { 0: "background", 1: "nuclei", 2: "lesion" };

/**
 * Generated head scans with labels, to try a pipeline with nobody's data and without a network (MONAI:
 * `create_test_image_3d`, which has no head). The first run writes `root/Phantoms` in the layout of the Medical
 * Segmentation Decathlon, about 230 kB for each scan; what is there is kept. The n-th scan is the same everywhere.
 *
 * An indexed dataset; ids are the names of the scans, `phantom_000` and so on.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_WRITE_FAILED`
 * @example
 * ```ts
 * import { phantoms } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const scans = phantoms({ root: "data", count: 8 }).pipe(load(["image", "label"]));
 * for await (const { image, label } of scans) console.log(image.shape, label.dtype);
 * ```
 */
export function phantoms(options: PhantomsOptions): IndexedDataset<PhantomItem> {
  const { root, count } = checkOptions("phantoms", schema, options);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const dir = join(resolve(root), "Phantoms");
    const names = Array.from({ length: count }, (_, n) => `phantom_${String(n).padStart(3, "0")}`);
    const items = names.map((name) => ({
      image: join(dir, "imagesTr", `${name}.nii.gz`),
      label: join(dir, "labelsTr", `${name}.nii.gz`),
    }));
    await Promise.all(["imagesTr", "labelsTr"].map((part) => makeDirectoryOf(join(dir, part, "any"))));
    for (const [n, paths] of items.entries()) {
      signal.throwIfAborted();
      await writeScan(n, paths, signal);
    }
    await writeList(dir);
    return items;
  };
  return Dataset.lazy(list, { name: "phantoms", id: (_, n) => `phantom_${String(n).padStart(3, "0")}` });
}

const schema = v.strictObject({ root: nonEmptySchema, count: v.optional(v.pipe(countSchema, v.minValue(1)), 24) });

async function writeScan(n: number, paths: PhantomItem, signal: AbortSignal): Promise<void> {
  if ((await isThere(paths.image)) && (await isThere(paths.label))) return;
  const { image, label } = phantomScan(new Random("phantom", n));
  await saveImage(image, paths.image, { signal });
  await saveImage(label, paths.label, { signal });
}

/** The list of all scans that are there, also those that an earlier run has made. */
async function writeList(dir: string): Promise<void> {
  const names = (await readdir(join(dir, "imagesTr"))).filter((name) => /^phantom_\d+\.nii\.gz$/.test(name)).sort();
  const training = names.map((name) => ({ image: `./imagesTr/${name}`, label: `./labelsTr/${name}` }));
  const list = { name: "Phantoms", modality: { 0: "MRI" }, labels, numTraining: training.length, training, test: [] };
  const text = `${JSON.stringify(list, undefined, 2)}\n`;
  await writeAtomically(join(dir, "dataset.json"), new TextEncoder().encode(text));
}
