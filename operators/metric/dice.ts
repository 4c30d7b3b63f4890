import * as v from "valibot";
import { withFields } from "../../src/item/record.ts";
import { classOverlaps, maskOverlap, type Overlap } from "../../src/kernels/overlap.ts";
import { nonEmptySchema } from "../../src/options.ts";
import { itemOperator } from "../declare.ts";
import {
  type ClassMetric,
  type ClassMetricOptions,
  classMetricShape,
  comparedClasses,
  maskOfClass,
} from "./shared/class-masks.ts";

/** Options of {@link dice}. */
export interface DiceOptions extends ClassMetricOptions {
  /** Whether the first class, the background, counts. Default true. */
  readonly includeBackground?: boolean;
  /**
   * Whether a class that the label doesn't have gives NaN. False: it gives 1 if the prediction doesn't have it either,
   * else 0. Default true.
   */
  readonly ignoreEmpty?: boolean;
  /** Field for the result. Default `"dice"`. */
  readonly outputKey?: string;
}

/**
 * Adds the Dice score of each class, from 0 to 1, as a list of numbers: twice the voxels that prediction and label have
 * in common, divided by the sum of both. A class is a value of a single channel, or a channel, in which everything but 0
 * counts. NaN stands for a class that the label doesn't have. Deterministic; the numbers are those of MONAI's
 * `DiceMetric` (1.5.0) for the same options, in double precision. Other than there, values of a channel are not
 * multiplied: a prediction must be discrete (`asDiscrete`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when shapes differ, `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, Volume } from "voxrx";
 * import { dice } from "voxrx/operators";
 * const label = new Volume({ data: Uint8Array.of(0, 1, 1, 2), shape: [1, 2, 2, 1] });
 * const pred = new Volume({ data: Uint8Array.of(0, 1, 0, 2), shape: [1, 2, 2, 1] });
 * const [scan] = await Dataset.from([{ pred, label }]).pipe(dice({ numClasses: 3 })).toArray();
 * scan?.dice.map((score) => Number(score.toFixed(2))); // => [0.67, 0.67, 1]
 * ```
 */
export const dice = itemOperator<DiceOptions, ClassMetric<DiceOptions, "dice">>()({
  name: "dice",
  version: 1,
  options: {
    ...classMetricShape,
    includeBackground: v.optional(v.boolean(), true),
    ignoreEmpty: v.optional(v.boolean(), true),
    outputKey: v.optional(nonEmptySchema, "dice"),
  },
  retains: false,
  apply: (item: unknown, options) => {
    const { pred, label, classes } = comparedClasses(item, options);
    const areIndices = pred.volume.channels === 1 && label.volume.channels === 1;
    const overlaps = areIndices
      ? classOverlaps(pred.channels.samples, label.channels.samples, classes)
      : classes.map((value) => maskOverlap(maskOfClass(pred, value), maskOfClass(label, value)));
    return withFields(item, [[options.outputKey, overlaps.map((overlap) => scoreOf(overlap, options.ignoreEmpty))]]);
  },
});

function scoreOf({ first: pred, second: label, both }: Overlap, ignoreEmpty: boolean): number {
  if (label > 0) return (2 * both) / (pred + label);
  if (ignoreEmpty) return Number.NaN;
  return pred > 0 ? 0 : 1;
}
