import { z } from "zod";
import { whenReady } from "../src/async/maybe-promise.ts";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions } from "../src/options.ts";
import type { IndexView } from "../src/plan/stage.ts";
import { IndexLists } from "../src/plan/subset-stage.ts";
import { type SplitRng, splitRandom } from "../src/random/split-random.ts";
import { subsetOf } from "./partition.ts";
import { type SectionName, type SplitManifest, sectionNames, withManifest } from "./split-manifest.ts";

/** The three ways in which MONAI's public datasets are split. */
export type SectionRule = "decathlon" | "mednist" | "ixi";

/** Options of {@link sections}. */
export interface SectionOptions {
  /**
   * How sections are made. `"decathlon"`: shuffled, validation first, the rest for training (`DecathlonDataset`). `"mednist"`: shuffled, test
   * first, then validation, the rest for training (`MedNISTDataset`). `"ixi"`: one draw for each item in its order, so that sizes vary
   * (MONAI's IXI example).
   */
  readonly rule: SectionRule;
  /** Share of the items for validation. Default 0.2. */
  readonly valFrac?: number;
  /** Share of the items for testing. Default 0. */
  readonly testFrac?: number;
  /** Seed of the split, a whole number of 32 bits. Default 0. */
  readonly seed?: number;
  /** Generator of the split; `"monai"` gives MONAI's sections. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /**
   * A JSON file that holds the split: the keys of each section. Read if it is there, else written; then the sections stay what they are
   * whatever happens to the rule. Default: none.
   */
  readonly manifest?: string;
}

/** A dataset in its sections. */
export type Sections<T> = Readonly<Record<SectionName, IndexedDataset<T>>>;

/**
 * Splits a dataset into training, validation and test: disjoint, together the whole, and for a seed the same on every machine, given items
 * in an order of their own (by name, not as a file system lists them). Items keep their keys.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_NOT_INDEXED` when a stream is given; FormatError `VOXRX_BAD_MANIFEST`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { sections } from "voxrx/datasets";
 * const scans = Dataset.from(["a.nii", "b.nii", "c.nii", "d.nii", "e.nii"]);
 * const { training, validation } = sections(scans, { rule: "decathlon", valFrac: 0.2, seed: 7 });
 * (await training.toArray()).length; // => 4
 * ```
 */
export function sections<T>(dataset: IndexedDataset<T> | readonly T[], options: SectionOptions): Sections<T> {
  const checked = checkOptions("sections", schema, options);
  const { rule, seed, rng, manifest } = checked;
  const made = ({ length }: IndexView<unknown>) => sectionIndices(length, checked);
  const lists = new IndexLists((items, run) => {
    if (manifest === undefined) return inOrder(made(items));
    const about: SplitManifest["made"] = { rule, valFrac: checked.valFrac, testFrac: checked.testFrac, seed, rng };
    return whenReady(withManifest(manifest, items, about, made, run.signal), inOrder);
  });
  const one = (name: SectionName) =>
    subsetOf(dataset, lists, sectionNames.indexOf(name), {
      name: "sections",
      detail: `${name}, seed ${seed}`,
      identity: checked,
    });
  return { training: one("training"), validation: one("validation"), test: one("test") };
}

function inOrder(places: Readonly<Record<SectionName, readonly number[]>>): readonly (readonly number[])[] {
  return sectionNames.map((name) => places[name]);
}

const share = z.number().min(0).max(1);
const schema = z
  .strictObject({
    rule: z.enum(["decathlon", "mednist", "ixi"]),
    valFrac: share.default(0.2),
    testFrac: share.default(0),
    seed: z.int().min(0).max(0xffffffff).default(0),
    rng: z.enum(["voxrx", "monai"]).default("voxrx"),
    manifest: z.string().min(1).optional(),
  })
  .refine(({ valFrac, testFrac }) => valFrac + testFrac <= 1, "valFrac and testFrac are more than all");

/** The places of each section in a dataset of `length` items. */
export function sectionIndices(
  length: number,
  { rule, valFrac, testFrac, seed, rng }: Omit<z.output<typeof schema>, "manifest">,
): Record<SectionName, number[]> {
  const all = Array.from({ length }, (_, n) => n);
  const random = splitRandom(rng, seed);
  if (rule === "ixi") {
    const draws = all.map(() => random.random());
    const where = (wanted: (draw: number) => boolean) => all.filter((n) => wanted(draws[n] ?? 0));
    return {
      training: where((draw) => draw >= valFrac + testFrac),
      validation: where((draw) => draw < valFrac),
      test: where((draw) => draw >= valFrac && draw < valFrac + testFrac),
    };
  }
  const order = random.shuffle(all);
  const [validations, tests] = [Math.trunc(length * valFrac), Math.trunc(length * testFrac)];
  // MedNIST has its test section first, Decathlon (whose test section is a list of its own) its validation section.
  const first = rule === "mednist" ? tests : validations;
  const both = validations + tests;
  const [a, b] = [order.slice(0, first), order.slice(first, both)];
  const [validation, test] = rule === "mednist" ? [b, a] : [a, b];
  return { training: order.slice(both), validation, test };
}
