import * as v from "valibot";
import type { LinearMap } from "../../src/kernels/sample-sums.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { valueFor } from "../../src/options.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { mapIntensity } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { drawForChannels } from "./shared/draw-for-channels.ts";
import { linearFunction, linearMap } from "./shared/linear-map.ts";

/** Options of {@link randScaleIntensity}. */
export interface RandScaleIntensityOptions extends RandomOptions {
  /** Range of f: values are multiplied by `1 + f`. `[low, high]`, or one number f for -f to f. */
  readonly factors: UniformRange;
  /** Draw a separate factor for each channel. Default false. */
  readonly channelWise?: boolean;
}

/**
 * Multiplies the values of images by `1 + f` with probability `prob`, the same for all fields of an item. Shape and
 * affine stay; the result is float32, also for items that are not scaled. NaN stays. Random: draws whether to apply it,
 * and f uniformly, once or for each channel (MONAI: `RandScaleIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randScaleIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randScaleIntensity({ keys: "image", factors: 0.3, prob: 0.5 }));
 * ```
 */
export const randScaleIntensity = randomVolumeOperator<RandScaleIntensityOptions>()({
  name: "randScaleIntensity",
  version: 1,
  retains: false,
  options: { factors: rangeSchema, channelWise: v.optional(v.boolean(), false) },
  draw: (random, { factors, channelWise }, volumes) => ({
    factors: drawForChannels(random, volumes, channelWise, factors),
  }),
  apply: (volume, { factors }) => scaledBy(volume, factors),
  otherwise: asFloat32,
  elementwise: (_, { factors }) =>
    factors.length === 1 ? { value: linearFunction(mapFor(factors, 0)), dtype: "float32" } : undefined,
  region: (box) => box,
});

/** Returns the image with each channel multiplied by 1 + its factor; further channels use the last factor. */
export function scaledBy(volume: Volume, factors: readonly number[]): Volume {
  return mapIntensity(volume, (channel) => mapFor(factors, channel));
}

function mapFor(factors: readonly number[], channel: number): LinearMap {
  return linearMap({ from: 0, factor: 1 + valueFor(factors, channel), to: 0 });
}
