import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import { argmaxOf, onehotOf } from "../../src/kernels/channels.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { countSchema } from "../../src/options.ts";
import { type Dtype, dtypes, isIntegerDtype } from "../../src/samples.ts";
import { labelChannels } from "../../src/volume/label-channels.ts";

/** Options of {@link asDiscrete}: what is asked for is done in this order. */
export interface AsDiscreteOptions {
  /** Take the channel with the greatest value at each voxel, the first of equals; NaN never wins. Default false. */
  readonly argmax?: boolean;
  /** Number of classes: one channel for each, 1 where the label is its number. Default: none are made. */
  readonly toOnehot?: number;
  /** 1 where values are at least this, both as float32, else 0. Default: values stay. */
  readonly threshold?: number;
  /** Round to integers, halves to the even one. Default: values stay. */
  readonly rounding?: "torchrounding";
  /** Element type of the result. Default `"float32"`. */
  readonly dtype?: Dtype;
}

/**
 * Makes labels of a network's output: by the greatest channel, as one-hot channels, by a threshold, by rounding. The
 * affine stays; the number of channels becomes 1 by `argmax` and the number of classes by `toOnehot`. Deterministic
 * (MONAI: `AsDiscrete`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_BAD_LABEL` for a value that is not a class, `VOXRX_SHAPE_MISMATCH` for several channels
 *   to be made one-hot, `VOXRX_TOO_LARGE` for more than 2^30 samples, `VOXRX_VALUE_RANGE` for a result that `dtype`
 *   can't hold
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
  version: 3,
  options: {
    argmax: z.boolean().default(false),
    toOnehot: countSchema.max(65_536).optional(),
    threshold: z.number().optional(),
    rounding: z.literal("torchrounding").optional(),
    dtype: z.enum(dtypes).default("float32"),
  },
  aliases: false,
  each: (volume, { argmax, toOnehot, threshold, rounding, dtype }) => {
    const { samples, size } = labelChannels(volume);
    let values = argmax ? argmaxOf(samples, volume.channels, size) : new Float32Array(samples);
    if (toOnehot !== undefined) values = onehot(values, argmax ? 1 : volume.channels, toOnehot);
    if (threshold !== undefined) values = values.map(atLeast(threshold));
    if (rounding) values = values.map(halvesToEven);
    const shape = [values.length / size, ...volume.spatialShape];
    return volume.withSamples({ data: values, shape, layout: "x-fastest" }).toContiguous("x-fastest", dtype);
  },
  elementwise: (options) => {
    const { argmax, threshold, rounding, dtype } = options;
    if (argmax || mayRefuse(options)) return undefined;
    // After a threshold there is nothing to round.
    const change = threshold !== undefined ? atLeast(threshold) : rounding ? halvesToEven : (value: number) => value;
    return { value: (value) => change(Math.fround(value)), dtype };
  },
  region: (box, { options }) => (mayRefuse(options) ? undefined : box),
});

const maxSamples = 2 ** 30;

/** Whether some values are an error, so that all of them must be looked at. */
function mayRefuse({ toOnehot, threshold, dtype = "float32" }: AsDiscreteOptions): boolean {
  return toOnehot !== undefined || (threshold === undefined && isIntegerDtype(dtype));
}

function onehot(values: Float32Array, channels: number, classes: number): Float32Array {
  if (channels !== 1) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `an image of ${channels} channels cannot be made one-hot`, {
      remedy: "Take argmax: true before, or leave toOnehot out.",
    });
  }
  if (classes * values.length > maxSamples) {
    throw new PipelineError("VOXRX_TOO_LARGE", `${classes} classes of ${values.length} voxels do not fit into memory`, {
      remedy: "Lower toOnehot, or crop the label before.",
    });
  }
  const hot = onehotOf(values, classes);
  if (hot instanceof Float32Array) return hot;
  throw new PipelineError(
    "VOXRX_BAD_LABEL",
    `the label holds ${hot.stray}, which is none of the classes 0 to ${classes - 1}`,
    {
      remedy: "Raise toOnehot, or map the label's values before (mapLabelValue).",
    },
  );
}

/** Values as 1 where they are at least `threshold` as float32, else 0. */
function atLeast(threshold: number): (value: number) => number {
  const least = Math.fround(threshold);
  return (value) => (value >= least ? 1 : 0);
}

function halvesToEven(value: number): number {
  const below = Math.floor(value);
  const above = value - below;
  if (above === 0.5) return below % 2 === 0 ? below : below + 1;
  return above < 0.5 ? below : below + 1;
}
