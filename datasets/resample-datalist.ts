import * as v from "valibot";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions, integerSchema, numberSchema } from "../src/options.ts";
import { IndexLists } from "../src/plan/subset-stage.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { subsetOf } from "./partition.ts";
import { partitionIndices } from "./partition-indices.ts";

/** Options of {@link resampleDatalist}. */
export interface ResampleDatalistOptions {
  /** Length relative to the dataset: 2.5 yields all items twice and half of them once more. */
  readonly factor: number;
  /** Whether to pick the items of the last, incomplete pass at random. Default false: the first ones. */
  readonly randomPick?: boolean;
  /** Seed of the pick. Default 0. */
  readonly seed?: number;
  /** Random generator of the pick; `"monai"` picks the same items as MONAI. Default `"voxrx"`. */
  readonly rng?: SplitRng;
}

/**
 * Repeats a dataset by a factor, or takes a fraction of it (MONAI: `resample_datalist`). Repeated items have separate
 * ids (`ID~1`), so that random transforms draw again for them.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_NOT_INDEXED` if the dataset is a stream
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { resampleDatalist } from "voxrx/datasets";
 * await resampleDatalist(Dataset.from([1, 2, 3, 4]), { factor: 1.5 }).toArray(); // => [1, 2, 3, 4, 1, 2]
 * ```
 */
export function resampleDatalist<T>(
  dataset: IndexedDataset<T> | readonly T[],
  options: ResampleDatalistOptions,
): IndexedDataset<T> {
  const checked = checkOptions("resampleDatalist", schema, options);
  const { factor, randomPick, seed, rng } = checked;
  const lists = new IndexLists(({ length }) => {
    const all = Array.from({ length }, (_, n) => n);
    const passes = Math.trunc(factor);
    const rest = factor - passes;
    const places = Array.from({ length: passes }, () => all).flat();
    // MONAI uses `math.modf`; a remainder below this is a rounding error.
    if (rest <= 1e-6) return [places];
    const rule = { ratios: [rest, 1 - rest], seed: randomPick ? seed : undefined, rng };
    const [picked = []] = partitionIndices(all, { ...rule, evenDivisible: false, dropLast: false });
    return [[...places, ...picked]];
  });
  return subsetOf(dataset, lists, 0, { name: "resampleDatalist", detail: `factor ${factor}`, identity: checked });
}

const schema = v.strictObject({
  factor: v.pipe(numberSchema, v.minValue(0), v.maxValue(1e6)),
  randomPick: v.optional(v.boolean(), false),
  seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff)), 0),
  rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
});
