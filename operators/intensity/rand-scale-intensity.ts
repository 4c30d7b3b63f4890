import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema, valueFor } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { mapIntensity } from "../../src/volume/intensity.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link randScaleIntensity}. */
export interface RandScaleIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** Range of the factor f, by whose `1 + f` values are multiplied: `[low, high]`, or from -f to f for one number. */
  readonly factors: UniformRange;
  /** Probability that an item is scaled. Default 0.1. */
  readonly prob?: number;
  /** Draw a factor for each channel. Default false. */
  readonly channelWise?: boolean;
}

/**
 * Multiplies the values of images by `1 + f` with probability `prob`, all fields of an item by the same. Shape and affine stay; the
 * result is float32, for items that are not scaled too. NaN stays. Random: drawn are whether, and f evenly, one or one for each
 * channel (MONAI: `RandScaleIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randScaleIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randScaleIntensity({ keys: "image", factors: 0.1, prob: 0.5 }));
 * ```
 */
export function randScaleIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandScaleIntensityOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randScaleIntensity", schema, options);
  const { factors, prob, channelWise } = checked;
  return randomVolumeTransform<{ readonly factors: readonly number[] }, K, T>({
    name: "randScaleIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random, volumes) => ({ factors: drawForChannels(random, volumes, channelWise, factors) }),
    apply: (volume, drawn) => scaledBy(volume, drawn.factors),
    otherwise: asFloat32,
  });
}

const schema = z.strictObject({
  ...fieldShape,
  factors: rangeSchema,
  prob: probabilitySchema.default(0.1),
  channelWise: z.boolean().default(false),
});

/** A volume whose channels are multiplied by 1 + factor; the last factor serves the channels that have none of their own. */
export function scaledBy(volume: Volume, factors: readonly number[]): Volume {
  const anywhere = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return mapIntensity(volume, (channel) => ({ from: 0, factor: 1 + valueFor(factors, channel), to: 0, ...anywhere }));
}

/** One number from a range for all channels, or one for each of the field with the most. */
export function drawForChannels(
  random: Random,
  volumes: readonly Volume[],
  channelWise: boolean,
  [low, high]: readonly [number, number],
): number[] {
  const count = channelWise ? Math.max(1, ...volumes.map(({ channels }) => channels)) : 1;
  return Array.from({ length: count }, () => random.uniform(low, high));
}
