import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { distanceTransform } from "../../src/kernels/distance.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link distanceTransformEDT}. */
export interface DistanceTransformEDTOptions<K extends string = never> extends FieldOptions<K> {
  /** Distance of neighbours along each axis: one number, one per axis, or `"spacing"` for the image's voxel size in mm. Default 1. */
  readonly sampling?: number | readonly number[] | "spacing";
}

/**
 * Gives every voxel that is not 0 its Euclidean distance to the nearest that is, exactly; each channel by itself. 0 elsewhere; infinite in a channel
 * without a 0. Shape and affine stay; the result is float32. Deterministic (Felzenszwalb and Huttenlocher 2012; MONAI: `DistanceTransformEDT`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { distanceTransformEDT } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(distanceTransformEDT({ keys: "label", sampling: "spacing" }));
 * ```
 */
export function distanceTransformEDT<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: DistanceTransformEDTOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("distanceTransformEDT", schema, options);
  return volumeTransform<K, T>({
    name: "distanceTransformEDT",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => distances(volume, checked.sampling),
  });
}

const step = z.number().positive();
const schema = z.strictObject({
  ...fieldShape,
  sampling: z.union([step, z.array(step).min(1).max(3), z.literal("spacing")]).default(1),
});

function distances(volume: Volume, sampling: number | readonly number[] | "spacing"): Volume {
  const label = labelChannels(volume);
  const given = sampling === "spacing" ? volume.spacing : sampling;
  const spacing = volume.spatialShape.map((_, axis) => (typeof given === "number" ? given : (given[axis] ?? 1)));
  const data = new Float32Array(label.size * volume.channels);
  for (let channel = 0; channel < volume.channels; channel++) {
    const mask = maskOf(label, channel, (value) => value !== 0);
    data.set(distanceTransform(mask, label.shape, spacing), channel * label.size);
  }
  return volume.withSamples({ data });
}
