import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
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
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a list of distances that has not one for each axis
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

/** Checks voxel sizes: one for all axes, or one per axis. */
export const voxelSizeSchema = z.union([step, z.array(step).min(2).max(3)]);

const schema = z.strictObject({ ...fieldShape, sampling: z.union([voxelSizeSchema, z.literal("spacing")]).default(1) });

/** A voxel's size along each spatial axis. */
export function voxelSize({ spatialShape }: Volume, given: number | readonly number[]): readonly number[] {
  const sizes = typeof given === "number" ? spatialShape.map(() => given) : given;
  if (sizes.length === spatialShape.length) return sizes;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a voxel size of ${sizes.length} numbers does not fit an image of ${spatialShape.length} spatial axes`,
    { remedy: "Give one number for all axes, or one for each." },
  );
}

function distances(volume: Volume, sampling: number | readonly number[] | "spacing"): Volume {
  const label = labelChannels(volume);
  const spacing = voxelSize(volume, sampling === "spacing" ? volume.spacing : sampling);
  const data = new Float32Array(label.size * volume.channels);
  for (let channel = 0; channel < volume.channels; channel++) {
    const mask = maskOf(label, channel, (value) => value !== 0);
    data.set(distanceTransform(mask, label.shape, spacing), channel * label.size);
  }
  return volume.withSamples({ data });
}
