import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { medianFilter } from "../../src/kernels/median.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/samples-as.ts";

/** Options of {@link medianSmooth}. */
export interface MedianSmoothOptions<K extends string = never> extends FieldOptions<K> {
  /** The box reaches so many voxels to either side: one number for all axes, or one per axis. At most 16. Default 1. */
  readonly radius?: number | readonly number[];
}

/**
 * Replaces every value by the median of the box around it, with zeros around the image; NaN where the box holds one. Shape and affine
 * stay; the result is float32. Its time grows with the number of voxels in the box. Deterministic (MONAI: `MedianSmooth`).
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
export function medianSmooth<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: MedianSmoothOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("medianSmooth", schema, options);
  const { radius } = checked;
  return volumeTransform<K, T>({
    name: "medianSmooth",
    version: 2,
    options: checked,
    fields: { ...options },
    each: (volume) => {
      const radii = volume.spatialShape.map((_, axis) => (typeof radius === "number" ? radius : (radius[axis] ?? 0)));
      return volume.withSamples({ data: medianFilter(denseFloats(volume), volume.shape, radii) });
    },
  });
}

const reach = z.int().min(0).max(16);
const schema = z.strictObject({ ...fieldShape, radius: z.union([reach, z.array(reach).min(1).max(3)]).default(1) });
