import * as v from "valibot";
import type { Padding } from "../../src/kernels/sampling.ts";
import { numberSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Grid, rescaledAffine, spacedGrid, targetSpacing } from "../../src/volume/grid.ts";
import type { Interpolation, ResampleOptions } from "../../src/volume/resample-options.ts";
import { resample } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { modeSchema, paddingSchema, resampledInPlace, resamplingFor } from "./shared/resampling.ts";

/** Options of {@link spacing}. */
export interface SpacingOptions {
  /**
   * Voxel size along each axis, in mm. If there are fewer numbers than axes, the last one is used for the rest; further
   * ones are ignored. 0, -1 or null keeps the image's own voxel size on that axis.
   */
  readonly pixdim: number | readonly (number | null)[];
  /** How to interpolate between voxels; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** Align the image with the world's axes, so that its affine becomes diagonal. Default false: directions are kept. */
  readonly diagonal?: boolean;
  /**
   * Keep the extent between the outer edges of the image, not between the centers of its outermost voxels. Default
   * false.
   */
  readonly scaleExtent?: boolean;
  /**
   * Match the centers of the outermost voxels of both grids, as torch's `align_corners` does; the content then leaves
   * its place by up to half a voxel. Default false.
   */
  readonly alignCorners?: boolean;
  /** What is assumed outside the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /**
   * A voxel size from this up to `pixdim` is kept, in mm: one number for all axes, or one per axis, null for none.
   * Default: none, only `pixdim` itself.
   */
  readonly minPixdim?: number | readonly (number | null)[];
  /** A voxel size from `pixdim` up to this is kept, in the form of `minPixdim`. Default: none. */
  readonly maxPixdim?: number | readonly (number | null)[];
  /** Give the result the affine that follows from its shape instead of the requested one. Default false. */
  readonly recomputeAffine?: boolean;
  /**
   * Give fields that have the shape and voxel size of the first field the same new shape as the first one. Default
   * true.
   */
  readonly ensureSameShape?: boolean;
}

/** Voxel sizes and affines that differ by less than this many mm count as equal. MONAI's number. */
const tolerance = 1e-3;

const bounds = v.union([
  v.pipe(numberSchema, v.gtValue(0)),
  v.pipe(v.array(v.nullable(v.pipe(numberSchema, v.gtValue(0)))), v.minLength(1)),
]);

/**
 * Resamples images to a voxel size. `[C, x, y, z]` (or 2D) becomes `[C, x', y', z']` with the shape, affine and values
 * of MONAI's `Spacing`: axes keep their directions (made orthogonal: a shear is dropped), sizes are rounded half to
 * even, and positions are computed in double. Bilinear returns float32; nearest keeps the element type, with ties to
 * the even voxel. If an image already has the voxel size, the result shares its samples. Deterministic.
 *
 * With `alignCorners` the image is stretched against its affine by up to half a voxel at its borders, as in MONAI, with
 * `scaleExtent` too: this is the only spatial transform here that moves content in the world. Use it for MONAI's values.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30
 *   samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spacing } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(spacing({ keys: ["image", "label"], pixdim: [1.5, 1.5, 2], mode: ["bilinear", "nearest"] }));
 * ```
 */
export const spacing = volumeOperator<SpacingOptions>()({
  name: "spacing",
  version: 4,
  retains: false,
  geometric: true,
  options: {
    pixdim: v.pipe(
      v.union([numberSchema, v.pipe(v.array(v.nullable(numberSchema)), v.minLength(1))]),
      v.transform((given) => [given].flat().map((size) => size ?? 0)),
    ),
    mode: v.optional(modeSchema, "bilinear"),
    diagonal: v.optional(v.boolean(), false),
    scaleExtent: v.optional(v.boolean(), false),
    alignCorners: v.optional(v.boolean(), false),
    paddingMode: v.optional(paddingSchema, "border"),
    minPixdim: v.optional(bounds),
    maxPixdim: v.optional(bounds),
    recomputeAffine: v.optional(v.boolean(), false),
    ensureSameShape: v.optional(v.boolean(), true),
  },
  all: (volumes, options, { fields }) => {
    let first: { before: Volume; after: Volume } | undefined;
    return volumes.map((before, n) => {
      const shape = options.ensureSameShape && first && isSameGrid(first.before, before) ? first.after : undefined;
      const after = respaced(before, options, resamplingFor(options, fields[n] ?? n), shape?.spatialShape);
      first ??= { before, after };
      return after;
    });
  },
});

/** The options that are the same for all fields. */
interface FieldOptions {
  readonly pixdim: readonly number[];
  readonly diagonal: boolean;
  readonly scaleExtent: boolean;
  readonly minPixdim?: number | readonly (number | null)[] | undefined;
  readonly maxPixdim?: number | readonly (number | null)[] | undefined;
  readonly recomputeAffine: boolean;
}

function respaced(
  volume: Volume,
  { pixdim, diagonal, scaleExtent, minPixdim, maxPixdim, recomputeAffine }: FieldOptions,
  resampling: ResampleOptions,
  forced: readonly number[] | undefined,
): Volume {
  const { mode, alignCorners } = resampling;
  const before: Grid = { shape: volume.spatialShape, affine: volume.affine };
  const size = targetSpacing(volume.spacing, pixdim, {
    ...(minPixdim === undefined ? {} : { min: perAxis(minPixdim) }),
    ...(maxPixdim === undefined ? {} : { max: perAxis(maxPixdim) }),
    tolerance,
  });
  const target = spacedGrid(before, size, { diagonal, scaleExtent });
  const grid: Grid = { ...target, shape: forced ?? target.shape };
  const result = isUnchanged(before, grid) ? resampledInPlace(volume, resampling) : resample(volume, grid, resampling);
  const placed = recomputeAffine ? result.withAffine(rescaledAffine(before.affine, before.shape, grid.shape)) : result;
  return withApplied(placed, "spacing", volume, { pixdim: size, mode, diagonal, scaleExtent, alignCorners });
}

function perAxis(given: number | readonly (number | null)[]): readonly (number | null)[] {
  return typeof given === "number" ? [given, given, given] : given;
}

function isUnchanged(before: Grid, after: Grid): boolean {
  const sameShape = before.shape.every((n, axis) => n === after.shape[axis]);
  return sameShape && before.affine.every((value, n) => isNear(value, after.affine[n] ?? 0));
}

function isSameGrid(first: Volume, other: Volume): boolean {
  const sameShape = first.spatialShape.every((n, axis) => n === other.spatialShape[axis]);
  return sameShape && first.spacing.every((size, axis) => isNear(size, other.spacing[axis] ?? 0));
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance + 1e-5 * Math.abs(b);
}
