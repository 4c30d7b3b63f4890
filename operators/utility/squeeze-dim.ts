import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link squeezeDim}. */
export interface SqueezeDimOptions<K extends string = never> extends FieldOptions<K> {
  /** Axis of `[channels, x, y, z]` to take away: 1 is x, -1 the last. The channels, 0, always stay. Default -1. */
  readonly dim?: number;
}

/**
 * Makes a 2D image of a 3D one that is one voxel thick along an axis: `[c, x, y, 1]` becomes `[c, x, y]`. A view of the same element
 * type; the affine keeps the plane's place in the world, its third column is the axis that went. Deterministic (MONAI: `SqueezeDim`,
 * whose default is the channels).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` for a 2D image, or more than one voxel along the axis
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randSpatialCrop, squeezeDim } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(randSpatialCrop({ roiSize: [-1, -1, 1], randomSize: false }), squeezeDim({ dim: -1 }));
 * ```
 */
export function squeezeDim<const K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SqueezeDimOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("squeezeDim", schema, options);
  const { dim } = checked;
  return volumeTransform<K, T>({
    name: "squeezeDim",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => squeezed(volume, dim),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  dim: z
    .union([z.int().min(1).max(3), z.int().min(-3).max(-1)], "an axis of space: 1, 2, 3, or -1, -2, -3")
    .default(-1),
});

function squeezed(volume: Volume, dim: number): Volume {
  const axis = dim < 0 ? dim + 3 : dim - 1;
  if (volume.shape.length !== 4 || volume.spatialShape[axis] !== 1) {
    const fault = `an image of shape [${volume.shape}] is not one voxel thick along axis ${dim} of four`;
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", fault, { remedy: "Crop it to one voxel along that axis first." });
  }
  return withApplied(volume.slice(axis, 0), "squeezeDim", volume, { dim });
}
