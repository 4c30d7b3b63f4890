import * as v from "valibot";
import { medianFilter } from "../../src/kernels/median.ts";
import { integerSchema } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/dense-floats.ts";
import { perAxis } from "../../src/volume/per-axis.ts";
import { widenedRegion } from "../../src/volume/widened-region.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link medianSmooth}. */
export interface MedianSmoothOptions {
  /**
   * How many voxels the box reaches to either side: one number for all axes, or one per axis. At most 16. Default 1.
   */
  readonly radius?: number | readonly number[];
}

const radiusSchema = v.pipe(integerSchema, v.minValue(0), v.maxValue(16));

/**
 * Replaces every value by the median of the box around it; NaN where the box contains one. Outside the image, the
 * nearest voxel counts, so a constant image stays as it is up to its borders. Shape and affine stay; the result is float32. The time it takes grows with the number of voxels in the box.
 * Deterministic (MONAI: `MedianSmooth`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { medianSmooth } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(medianSmooth({ keys: "image", radius: [1, 1, 0] }));
 * ```
 */
export const medianSmooth = volumeOperator<MedianSmoothOptions>()({
  name: "medianSmooth",
  version: 3,
  retains: false,
  options: {
    radius: v.optional(v.union([radiusSchema, v.pipe(v.array(radiusSchema), v.minLength(1), v.maxLength(3))]), 1),
  },
  aliases: false,
  each: (volume, { radius }) => {
    const data = medianFilter(denseFloats(volume), volume.shape, perAxis("radius", radius, volume.spatialShape));
    return volume.withSamples({ data, layout: "x-fastest" });
  },
  region: (box, { options: { radius }, input: { shape } }) =>
    widenedRegion(box, perAxis("radius", radius, shape), shape),
});
