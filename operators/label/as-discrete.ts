import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { argmaxOf, onehotOf } from "../../src/kernels/channels.ts";
import { checkOptions, countSchema, fieldShape } from "../../src/options.ts";
import { labelChannels } from "../../src/volume/label-channels.ts";
import { type Dtype, dtypes } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link asDiscrete}: what is asked for is done in this order. */
export interface AsDiscreteOptions<K extends string = never> extends FieldOptions<K> {
  /** Take the channel with the greatest value at each voxel, the first of equals; NaN never wins. Default false. */
  readonly argmax?: boolean;
  /** Number of classes: one channel for each, 1 where the label is its number. Default: none are made. */
  readonly toOnehot?: number;
  /** 1 where values are at least this, both as float32, else 0. Default: values stay. */
  readonly threshold?: number;
  /** Round to whole numbers, halves to the even one. Default: values stay. */
  readonly rounding?: "torchrounding";
  /** Element type of the result. Default `"float32"`. */
  readonly dtype?: Dtype;
}

/**
 * Makes labels of what a network gives: by the greatest channel, as one-hot channels, by a threshold, by rounding. The affine stays; the number of channels
 * becomes 1 by `argmax` and the number of classes by `toOnehot`. Deterministic (MONAI: `AsDiscrete`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_BAD_LABEL` for a value that is no class, `VOXRX_SHAPE_MISMATCH` for several channels to be made one-hot,
 *   `VOXRX_TOO_LARGE` for more than 2^30 samples
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
export function asDiscrete<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: AsDiscreteOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("asDiscrete", schema, options);
  return volumeTransform<K, T>({
    name: "asDiscrete",
    version: 2,
    options: checked,
    fields: { ...options },
    each: (volume) => discrete(volume, checked),
  });
}

const maxSamples = 2 ** 30;

const schema = z.strictObject({
  ...fieldShape,
  argmax: z.boolean().default(false),
  toOnehot: countSchema.max(65_536).optional(),
  threshold: z.number().optional(),
  rounding: z.literal("torchrounding").optional(),
  dtype: z.enum(dtypes as [Dtype, ...Dtype[]]).default("float32"),
});

function discrete(volume: Volume, options: z.output<typeof schema>): Volume {
  const { argmax, toOnehot, threshold, rounding, dtype } = options;
  const { samples, size } = labelChannels(volume);
  let values = argmax ? argmaxOf(samples, volume.channels, size) : new Float32Array(samples);
  if (toOnehot !== undefined) values = onehot(values, argmax ? 1 : volume.channels, toOnehot);
  if (threshold !== undefined) {
    const least = Math.fround(threshold);
    values = values.map((value) => (value >= least ? 1 : 0));
  }
  if (rounding) values = values.map(halvesToEven);
  const shape = [values.length / size, ...volume.spatialShape];
  return volume.withSamples({ data: values, shape }).toContiguous("x-fastest", dtype);
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

function halvesToEven(value: number): number {
  const below = Math.floor(value);
  const above = value - below;
  if (above === 0.5) return below % 2 === 0 ? below : below + 1;
  return above < 0.5 ? below : below + 1;
}
