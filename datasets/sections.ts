import * as v from "valibot";
import { whenReady } from "../src/async/maybe-promise.ts";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions, integerSchema, nonEmptySchema, numberSchema } from "../src/options.ts";
import type { IndexView } from "../src/plan/stage.ts";
import { IndexLists } from "../src/plan/subset-stage.ts";
import { type SplitRng, splitRandom } from "../src/random/split-random.ts";
import { partOf } from "./partition.ts";
import { type SectionName, type SplitManifest, sectionNames, withManifest } from "./split-manifest.ts";

/** The three rules by which MONAI's public datasets are split. */
export type SectionRule = "decathlon" | "mednist" | "ixi";

/** Options of {@link sections}. */
export interface SectionOptions {
  /**
   * The rule of the split. `"decathlon"`: items are shuffled, the first are for validation, the rest for training
   * (`DecathlonDataset`). `"mednist"`: shuffled, first test, then validation, the rest for training (`MedNISTDataset`).
   * `"ixi"`: one random draw per item, in order, so the sizes of sections vary (MONAI's IXI example).
   */
  readonly rule: SectionRule;
  /** Fraction of the items used for validation. Default 0.2. */
  readonly valFrac?: number;
  /** Fraction of the items used for testing. Default 0. */
  readonly testFrac?: number;
  /** Seed of the split, a 32-bit unsigned integer. Default 0. */
  readonly seed?: number;
  /** Random generator of the split; `"monai"` yields MONAI's sections. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /**
   * A JSON file with the split: the item ids of each section. It is read if it exists, else written, so that the
   * sections stay the same even if the rule changes. Default: none.
   */
  readonly manifest?: string;
}

/** A dataset split into sections. */
export type Sections<T> = Readonly<Record<SectionName, IndexedDataset<T>>>;

/**
 * Splits a dataset into training, validation and test. The sections are disjoint and together contain all items. For
 * one seed they are the same on every machine, if the order of the items is (sorted by name, not in the order of a
 * directory listing). Items keep their ids.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_NOT_INDEXED` if the dataset is a stream,
 * `VOXRX_ORDER_VARIES` if its order differs from epoch to epoch; FormatError `VOXRX_BAD_MANIFEST`
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
    partOf(dataset, lists, sectionNames.indexOf(name), {
      name: "sections",
      detail: `${name}, seed ${seed}`,
      identity: checked,
    });
  return { training: one("training"), validation: one("validation"), test: one("test") };
}

function inOrder(places: Readonly<Record<SectionName, readonly number[]>>): readonly (readonly number[])[] {
  return sectionNames.map((name) => places[name]);
}

const share = v.pipe(numberSchema, v.minValue(0), v.maxValue(1));
const schema = v.pipe(
  v.strictObject({
    rule: v.picklist(["decathlon", "mednist", "ixi"]),
    valFrac: v.optional(share, 0.2),
    testFrac: v.optional(share, 0),
    seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff)), 0),
    rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
    manifest: v.optional(nonEmptySchema),
  }),
  v.check(({ valFrac, testFrac }) => valFrac + testFrac <= 1, "valFrac and testFrac are more than all"),
);

/** The indices of the items of each section, for a dataset of `length` items. */
function sectionIndices(
  length: number,
  { rule, valFrac, testFrac, seed, rng }: Omit<v.InferOutput<typeof schema>, "manifest">,
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
  // MedNIST starts with its test section, Decathlon (whose test section is a separate list) with its validation
  // section.
  const first = rule === "mednist" ? tests : validations;
  const both = validations + tests;
  const [a, b] = [order.slice(0, first), order.slice(first, both)];
  const [validation, test] = rule === "mednist" ? [b, a] : [a, b];
  return { training: order.slice(both), validation, test };
}
