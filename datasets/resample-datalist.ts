import { z } from "zod";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions } from "../src/options.ts";
import { IndexLists } from "../src/plan/subset-stage.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { subsetOf } from "./partition.ts";
import { partitionIndices } from "./partition-indices.ts";

/** Options of {@link resampleDatalist}. */
export interface ResampleDatalistOptions {
  /** How many times as long: 2.5 gives everything twice and half of it once more. */
  readonly factor: number;
  /** Pick the items of the last, incomplete pass at random. Default false: the first ones. */
  readonly randomPick?: boolean;
  /** Seed of the pick. Default 0. */
  readonly seed?: number;
  /** Generator of the pick; `"monai"` picks what MONAI picks. Default `"voxrx"`. */
  readonly rng?: SplitRng;
}

/**
 * A dataset some times over, or a part of it (MONAI: `resample_datalist`). Repeated items have ids of their own (`ID~1`), so that random
 * transforms draw again for them.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_NOT_INDEXED` when a stream is given
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
    // MONAI: `math.modf`, and less than this is rounding noise.
    if (rest <= 1e-6) return [places];
    const rule = { ratios: [rest, 1 - rest], seed: randomPick ? seed : undefined, rng };
    const [picked = []] = partitionIndices(all, { ...rule, evenDivisible: false, dropLast: false });
    return [[...places, ...picked]];
  });
  return subsetOf(dataset, lists, 0, { name: "resampleDatalist", detail: `factor ${factor}`, identity: checked });
}

const schema = z.strictObject({
  factor: z.number().min(0).max(1e6),
  randomPick: z.boolean().default(false),
  seed: z.int().min(0).max(0xffffffff).default(0),
  rng: z.enum(["voxrx", "monai"]).default("voxrx"),
});
