import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { mapIntensity, volumeMoments } from "../../src/volume/intensity.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link randStdShiftIntensity}. */
export interface RandStdShiftIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** Range of the factor, in standard deviations of the image: `[low, high]`, or from -f to f for one number. */
  readonly factors: UniformRange;
  /** Probability that an item is shifted. Default 0.1. */
  readonly prob?: number;
  /** Leave zeros out of the standard deviation, and as they are. Default false. */
  readonly nonzero?: boolean;
  /** Shift every channel by its own standard deviation. Default false: all by that of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Adds a multiple of an image's standard deviation (of the population) to its values with probability `prob`. Shape and affine stay;
 * the result is float32, for items that are not shifted too. NaN takes no part and stays. Random: drawn are whether, and the factor
 * evenly, shared by all channels and fields of an item (MONAI: `RandStdShiftIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randStdShiftIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randStdShiftIntensity({ keys: "image", factors: 0.5, nonzero: true }));
 * ```
 */
export function randStdShiftIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandStdShiftIntensityOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randStdShiftIntensity", schema, options);
  const { factors, prob } = checked;
  return randomVolumeTransform<{ readonly factor: number }, K, T>({
    name: "randStdShiftIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random) => ({ factor: random.uniform(...factors) }),
    apply: (volume, { factor }) => stdShifted(volume, factor, checked),
    otherwise: asFloat32,
  });
}

const schema = z.strictObject({
  ...fieldShape,
  factors: rangeSchema,
  prob: probabilitySchema.default(0.1),
  nonzero: z.boolean().default(false),
  channelWise: z.boolean().default(false),
});

/** A volume plus `factor` of its standard deviations (MONAI: `StdShiftIntensity`). */
export function stdShifted(
  volume: Volume,
  factor: number,
  { nonzero, channelWise }: { readonly nonzero: boolean; readonly channelWise: boolean },
): Volume {
  const anywhere = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const mapOf = (channel?: number) => {
    const to = factor * volumeMoments(volume, nonzero, channel).deviation;
    return { from: 0, factor: 1, to, keepZero: nonzero, ...anywhere };
  };
  if (channelWise) return mapIntensity(volume, mapOf);
  const map = mapOf();
  return mapIntensity(volume, () => map);
}
