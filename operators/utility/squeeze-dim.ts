import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { numberSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { withAxis } from "./shared/with-axis.ts";

/** Options of {@link squeezeDim}. */
export interface SqueezeDimOptions {
  /** Axis of `[channels, x, y, z]` to remove: 1 is x, -1 the last. Axis 0, the channels, always stays. Default -1. */
  readonly dim?: number;
}

/**
 * Turns a 3D image that is one voxel thick along an axis into a 2D image: `[c, x, y, 1]` becomes `[c, x, y]`. A view of
 * the same element type. The affine keeps the world position of the plane; its third column is the axis that was
 * removed. Deterministic (MONAI: `SqueezeDim`, whose default is the channels).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` for a 2D image, or more than one voxel
 * along the axis
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randSpatialCrop, squeezeDim } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(randSpatialCrop({ roiSize: [-1, -1, 1], randomSize: false }), squeezeDim({ dim: -1 }));
 * ```
 */
export const squeezeDim = volumeOperator<SqueezeDimOptions>()({
  name: "squeezeDim",
  version: 1,
  retains: false,
  options: {
    dim: v.optional(
      v.pipe(
        numberSchema,
        v.check((dim) => [1, 2, 3, -1, -2, -3].includes(dim), "expected an axis of space: 1, 2, 3, or -1, -2, -3"),
      ),
      -1,
    ),
  },
  each: (volume, { dim }) => squeezed(volume, dim),
  region: (box, { options: { dim }, input }) => withAxis(box, axisOf(dim), input.shape),
});

function squeezed(volume: Volume, dim: number): Volume {
  const axis = axisOf(dim);
  if (volume.shape.length !== 4 || volume.spatialShape[axis] !== 1) {
    const fault = `an image of shape [${volume.shape}] is not 3D, or not one voxel thick along axis ${dim}`;
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", fault, { remedy: "Crop it to one voxel along that axis first." });
  }
  return withApplied(volume.slice(axis, 0), "squeezeDim", volume, { dim });
}

/** The spatial axis, from 0. */
function axisOf(dim: number): number {
  return dim < 0 ? dim + 3 : dim - 1;
}
