import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { argmaxOf, onehotOf } from "../../src/kernels/channels.ts";
import { changeFloats } from "../../src/kernels/float-blocks.ts";
import { halvesToEven, type ValueLoops } from "../../src/kernels/plain-value-loops.ts";
import { valuesAt } from "../../src/kernels/value-loops.ts";
import { countSchema, numberSchema } from "../../src/options.ts";
import { type Dtype, dtypes, isIntegerDtype, type ReadonlySamples } from "../../src/samples.ts";
import { labelChannels } from "../../src/volume/label-channels.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link asDiscrete}. Steps are applied in this order. */
export interface AsDiscreteOptions {
  /** Take the channel with the greatest value at each voxel, the first one in a tie; NaN never wins. Default false. */
  readonly argmax?: boolean;
  /** Number of classes for one-hot channels: channel n is 1 where the label is n. Default: no one-hot channels. */
  readonly toOnehot?: number;
  /** Set values to 1 where they are at least this, both as float32, else to 0. Default: no threshold. */
  readonly threshold?: number;
  /** Round to integers, halves to even. Default: no rounding. */
  readonly rounding?: "torchrounding";
  /** Element type of the result. Default `"float32"`. */
  readonly dtype?: Dtype;
}

/**
 * Turns a network's output into labels: by the channel with the greatest value, as one-hot channels, by a threshold, or
 * by rounding. The affine stays. `argmax` leaves one channel; `toOnehot` makes one for each class. Deterministic
 * (MONAI: `AsDiscrete`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_BAD_LABEL` for a value that is not a class, `VOXRX_SHAPE_MISMATCH` for `toOnehot` on
 *   several channels, `VOXRX_TOO_LARGE` for more than 2^30 samples, `VOXRX_VALUE_RANGE` for a result that `dtype` can't
 *   hold
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { asDiscrete } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume; label: Volume }>;
 * predictions.pipe(
 *   asDiscrete({ keys: "pred", argmax: true, dtype: "uint8" }),
 *   asDiscrete({ keys: "label", toOnehot: 3 }),
 * );
 * ```
 */
export const asDiscrete = volumeOperator<AsDiscreteOptions>()({
  name: "asDiscrete",
  version: 4,
  retains: false,
  options: {
    argmax: v.optional(v.boolean(), false),
    toOnehot: v.optional(v.pipe(countSchema, v.maxValue(65_536))),
    threshold: v.optional(numberSchema),
    rounding: v.optional(v.literal("torchrounding")),
    dtype: v.optional(v.picklist(dtypes), "float32"),
  },
  aliases: false,
  each: (volume, { argmax, toOnehot, threshold, rounding, dtype }) => {
    const { samples, size } = labelChannels(volume);
    const winners = argmax ? argmaxOf(samples, volume.channels, size) : undefined;
    const channels = winners ? 1 : volume.channels;
    const own = toOnehot === undefined ? winners : onehot(winners ?? samples, channels, toOnehot);
    const change = (loops: ValueLoops, length: number) => {
      if (threshold !== undefined) loops.markAtLeast(valuesAt, length, threshold);
      if (rounding) loops.roundHalvesToEven(valuesAt, length);
    };
    const isDone = own && threshold === undefined && !rounding;
    const values = isDone ? own : changeFloats(own ?? samples, change, own ?? new Float32Array(samples.length));
    const shape = [values.length / size, ...volume.spatialShape];
    return volume.withSamples({ data: values, shape, layout: "x-fastest" }).toContiguous("x-fastest", dtype);
  },
  elementwise: (options) => {
    const { argmax, threshold, rounding, dtype } = options;
    if (argmax || canFail(options)) return undefined;
    // After a threshold there is nothing left to round.
    const change = threshold !== undefined ? atLeast(threshold) : rounding ? halvesToEven : (value: number) => value;
    return { value: (value) => change(Math.fround(value)), dtype };
  },
  region: (box, { options }) => (canFail(options) ? undefined : box),
});

const maxSamples = 2 ** 30;

/** Whether some values are an error, so that all values must be checked. */
function canFail({ toOnehot, threshold, dtype = "float32" }: AsDiscreteOptions): boolean {
  return toOnehot !== undefined || (threshold === undefined && isIntegerDtype(dtype));
}

function onehot(values: ReadonlySamples, channels: number, classes: number): Float32Array {
  if (channels !== 1) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `toOnehot needs an image of one channel, got ${channels}`, {
      remedy: "Set argmax: true, or leave out toOnehot.",
    });
  }
  if (classes * values.length > maxSamples) {
    throw new PipelineError("VOXRX_TOO_LARGE", `${classes} classes of ${values.length} voxels do not fit into memory`, {
      remedy: "Lower toOnehot, or crop the label first.",
    });
  }
  const hot = onehotOf(values, classes);
  if (hot instanceof Float32Array) return hot;
  throw new PipelineError(
    "VOXRX_BAD_LABEL",
    `label values must be classes from 0 to ${classes - 1}, got ${hot.stray}`,
    {
      remedy: "Raise toOnehot, or map the label's values first (mapLabelValue).",
    },
  );
}

/** A function that maps values to 1 where they are at least `threshold` as float32, else to 0. */
function atLeast(threshold: number): (value: number) => number {
  const least = Math.fround(threshold);
  return (value) => (value >= least ? 1 : 0);
}
