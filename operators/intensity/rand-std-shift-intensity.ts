import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { mapIntensity, volumeMoments } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { linearMap } from "./shared/linear-map.ts";

/** Options of {@link randStdShiftIntensity}. */
export interface RandStdShiftIntensityOptions extends RandomOptions {
  /** Range of the factor, in standard deviations of the image: `[low, high]`, or one number f for -f to f. */
  readonly factors: UniformRange;
  /** Ignore zeros: they do not count in the standard deviation, and they stay zero. Default false. */
  readonly nonzero?: boolean;
  /** Shift each channel by its own standard deviation. Default false: all by that of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Adds a multiple of an image's standard deviation (of the population) to its values with probability `prob`. Shape and
 * affine stay; the result is float32, also for items that are not shifted. NaN is ignored and stays. Random: draws
 * whether to apply it, and the factor uniformly, shared by all channels and fields of an item (MONAI:
 * `RandStdShiftIntensity`).
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
export const randStdShiftIntensity = randomVolumeOperator<RandStdShiftIntensityOptions>()({
  name: "randStdShiftIntensity",
  version: 3,
  retains: false,
  options: {
    factors: rangeSchema,
    nonzero: v.optional(v.boolean(), false),
    channelWise: v.optional(v.boolean(), false),
  },
  draw: (random, { factors }) => ({ factor: random.uniform(...factors) }),
  apply: (volume, { factor }, options) => stdShifted(volume, factor, options),
  otherwise: asFloat32,
});

/** Returns the image plus `factor` times its standard deviation (MONAI: `StdShiftIntensity`). */
export function stdShifted(
  volume: Volume,
  factor: number,
  { nonzero, channelWise }: { readonly nonzero: boolean; readonly channelWise: boolean },
): Volume {
  const mapOf = (channel?: number) => {
    const to = factor * volumeMoments(volume, nonzero, channel).deviation;
    return linearMap({ from: 0, factor: 1, to, keepZero: nonzero });
  };
  if (channelWise) return mapIntensity(volume, mapOf);
  const map = mapOf();
  return mapIntensity(volume, () => map);
}
