import { z } from "zod";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import { drawForChannels } from "./shared/draw-for-channels.ts";
import { linearFunction } from "./shared/linear-map.ts";
import { shiftBy, shiftedBy } from "./shift-intensity.ts";

/** Options of {@link randShiftIntensity}. */
export interface RandShiftIntensityOptions extends RandomOptions {
  /** Range of what is added, in the image's units: `[low, high]`, or from -f to f for one number. */
  readonly offsets: UniformRange;
  /** Keep results within the range of the image's element type, where that is an integer. Default false. */
  readonly safe?: boolean;
  /** Draw what is added for each channel. Default false. */
  readonly channelWise?: boolean;
}

/**
 * Adds a number to the values of images, {@link shiftIntensity} with probability `prob`, the same in all fields of an
 * item. Shape and affine stay; the result is float32, for items that are not shifted too. NaN stays. Random: drawn are
 * whether, and the number evenly, one or one for each channel (MONAI: `RandShiftIntensity`, which keeps the element
 * type and lets integers wrap if not `safe`).
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
  options: { offsets: rangeSchema, safe: z.boolean().default(false), channelWise: z.boolean().default(false) },
  draw: (random, { offsets, channelWise }, volumes) => ({
    offsets: drawForChannels(random, volumes, channelWise, offsets),
  }),
  apply: (volume, { offsets }, { safe }) => shiftedBy(volume, offsets, safe),
  otherwise: asFloat32,
  elementwise: ({ safe }, { offsets: [offset = 0, ...others] }, dtype) =>
    others.length === 0 ? { value: linearFunction(shiftBy(offset, safe, dtype)), dtype: "float32" } : undefined,
  region: (box) => box,
});
