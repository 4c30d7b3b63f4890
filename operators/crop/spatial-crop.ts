import * as v from "valibot";
import { integerSchema } from "../../src/options.ts";
import { type Region, regionAround } from "../../src/volume/region.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";

/** Options of {@link spatialCrop}: a center with a size, or a start with an end. */
export interface SpatialCropOptions {
  /**
   * Center voxel of the region (for an even size: the one after the middle), one number per axis. Here as in the other
   * lists, numbers beyond an image's axes are ignored.
   */
  readonly roiCenter?: readonly number[];
  /** Size of the region in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. */
  readonly roiSize?: number | readonly (number | null)[];
  /** First voxel of the region, one number per axis; below 0 means 0. */
  readonly roiStart?: readonly number[];
  /** Voxel after the last one of the region, one number per axis; beyond the image means its end. */
  readonly roiEnd?: readonly number[];
}

const indices = v.pipe(v.array(integerSchema), v.minLength(1));

/**
 * Crops images `[C, x, y, z]` to a fixed region, or to the part of it inside the image. Axes without a number stay
 * whole. A view: no sample is copied. The affine is updated, so voxels keep their world coordinates. Deterministic
 * (MONAI: `SpatialCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when the region is outside an image
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(spatialCrop({ roiCenter: [64, 64, 40], roiSize: [32, 32, -1] }));
 * ```
 */
export const spatialCrop = volumeOperator<SpatialCropOptions>()({
  name: "spatialCrop",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: {
    roiCenter: v.optional(indices),
    roiSize: v.optional(v.union([integerSchema, v.pipe(v.array(v.nullable(integerSchema)), v.minLength(1))])),
    roiStart: v.optional(indices),
    roiEnd: v.optional(indices),
  },
  rules: [
    {
      test: ({ roiCenter, roiSize, roiStart, roiEnd }) =>
        roiStart || roiEnd
          ? roiStart?.length === roiEnd?.length && !roiCenter && !roiSize
          : roiCenter !== undefined && (typeof roiSize === "number" || roiCenter.length === roiSize?.length),
      fault: "give roiCenter with roiSize, or roiStart with roiEnd, of the same length",
    },
    {
      test: ({ roiStart, roiEnd }) =>
        !roiStart || !roiEnd || roiStart.every((from, axis) => from < (roiEnd[axis] ?? from)),
      fault: "roiEnd must be above roiStart on each axis",
    },
  ],
  each: (volume, options) => cropped(volume, regionOf(options, volume.spatialShape), "spatialCrop"),
  region: (box, { options, input }) => boxBeforeCrop(box, regionOf(options, input.shape)),
});

interface CropBounds {
  readonly roiCenter?: readonly number[] | undefined;
  readonly roiSize?: number | readonly (number | null)[] | undefined;
  readonly roiStart?: readonly number[] | undefined;
  readonly roiEnd?: readonly number[] | undefined;
}

function regionOf({ roiCenter, roiSize, roiStart, roiEnd }: CropBounds, shape: readonly number[]): Region {
  if (roiCenter && roiSize !== undefined) {
    const size = typeof roiSize === "number" ? roiCenter.map(() => roiSize) : roiSize.map((length) => length ?? -1);
    return regionAround(roiCenter, size, shape);
  }
  return {
    start: shape.map((_, axis) => Math.max(roiStart?.[axis] ?? 0, 0)),
    end: shape.map((n, axis) => Math.min(roiEnd?.[axis] ?? n, n)),
  };
}
