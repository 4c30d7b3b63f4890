import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { randomVolumeOperator } from "../declare.ts";
import { drawForChannels } from "./shared/draw-for-channels.ts";
import { linearFunction } from "./shared/linear-map.ts";
import { shiftBy, shiftedBy } from "./shift-intensity.ts";

/** Options of {@link randShiftIntensity}. */
export interface RandShiftIntensityOptions extends RandomOptions {
  /** Range of the offset, in the image's units: `[low, high]`, or one number f for -f to f. */
  readonly offsets: UniformRange;
  /** Clip results to the range of the image's element type, if that is an integer type. Default false. */
  readonly safe?: boolean;
  /** Draw a separate offset for each channel. Default false. */
  readonly channelWise?: boolean;
}

/**
 * Adds an offset to the values of images, like {@link shiftIntensity}, with probability `prob`; the offset is the same
 * in all fields of an item. Shape and affine stay; the result is float32, also for items that are not shifted. NaN
 * stays. Random: draws whether to apply it, and the offset uniformly, once or for each channel (MONAI:
 * `RandShiftIntensity`, which keeps the element type and lets integers wrap unless `safe`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randShiftIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randShiftIntensity({ keys: "image", offsets: 0.1, prob: 0.5 }));
 * ```
 */
export const randShiftIntensity = randomVolumeOperator<RandShiftIntensityOptions>()({
  name: "randShiftIntensity",
  version: 1,
  retains: false,
  options: { offsets: rangeSchema, safe: v.optional(v.boolean(), false), channelWise: v.optional(v.boolean(), false) },
  draw: (random, { offsets, channelWise }, volumes) => ({
    offsets: drawForChannels(random, volumes, channelWise, offsets),
  }),
  apply: (volume, { offsets }, { safe }) => shiftedBy(volume, offsets, safe),
  otherwise: asFloat32,
  elementwise: ({ safe }, { offsets: [offset = 0, ...others] }, dtype) =>
    others.length === 0 ? { value: linearFunction(shiftBy(offset, safe, dtype)), dtype: "float32" } : undefined,
  region: (box) => box,
});
