import { z } from "zod";
import type { Padding } from "../../src/kernels/sampling.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Grid, rescaledAffine, spacedGrid, targetSpacing } from "../../src/volume/grid.ts";
import { type Interpolation, type ResampleOptions, resample } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { modeSchema, paddingSchema, resamplingFor, unmoved } from "./shared/resampling.ts";

/** Options of {@link spacing}. */
export interface SpacingOptions {
  /**
   * Voxel size along each axis, in mm. One number, or fewer than there are axes: the last one serves the rest. A number
   * that is not positive keeps the image's own size on that axis.
   */
  readonly pixdim: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** Turn the image to the world's axes, so that its affine becomes diagonal. Default false: directions are kept. */
  readonly diagonal?: boolean;
  /**
   * Keep the extent between the outer edges of the image, not between the centres of its outermost voxels. Default
   * false.
   */
  readonly scaleExtent?: boolean;
  /** Match the centres of the outermost voxels of both grids, as torch's `align_corners` does. Default false. */
  readonly alignCorners?: boolean;
  /** What is assumed outside of the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** A size from here up to `pixdim` is kept as it is, in mm per axis. Default: none. */
  readonly minPixdim?: number | readonly number[];
  /** A size from `pixdim` up to here is kept as it is, in mm per axis. Default: none. */
  readonly maxPixdim?: number | readonly number[];
  /** Give the result the affine that its shape implies instead of the one asked for. Default false. */
  readonly recomputeAffine?: boolean;
  /** Force fields of the first one's shape and voxel size to the first one's new shape. Default true. */
  readonly ensureSameShape?: boolean;
}

/** Voxel sizes, and affines, that differ by less than this many mm are the same. MONAI's number. */
const tolerance = 1e-3;

const bounds = z.union([z.number().positive(), z.array(z.number().positive()).min(1).max(3)]);

/**
 * Resamples images to a voxel size. `[C, x, y, z]` (or 2D) becomes `[C, x', y', z']` with the shape, affine and values
 * of MONAI's `Spacing`: axes keep their directions (made orthogonal: a shear is dropped), sizes are rounded half to
 * even, values are interpolated in double. Bilinear gives float32; nearest keeps the element type, with ties to the
 * even voxel. An image that has the voxel size already shares its samples with the result. Deterministic.
 *
 * `alignCorners` alone shifts the image against its affine, as it does in MONAI; use it together with `scaleExtent`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30
 * samples
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
  version: 2,
  geometric: true,
  options: {
    pixdim: z.union([z.number(), z.array(z.number()).min(1).max(3)]).transform((given) => [given].flat()),
    mode: modeSchema.default("bilinear"),
    diagonal: z.boolean().default(false),
    scaleExtent: z.boolean().default(false),
    alignCorners: z.boolean().default(false),
    paddingMode: paddingSchema.default("border"),
    minPixdim: bounds.optional(),
    maxPixdim: bounds.optional(),
    recomputeAffine: z.boolean().default(false),
    ensureSameShape: z.boolean().default(true),
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

/** What is asked for, whatever the field. */
interface Respacing {
  readonly pixdim: readonly number[];
  readonly diagonal: boolean;
  readonly scaleExtent: boolean;
  readonly minPixdim?: number | readonly number[] | undefined;
  readonly maxPixdim?: number | readonly number[] | undefined;
  readonly recomputeAffine: boolean;
}

function respaced(
  volume: Volume,
  { pixdim, diagonal, scaleExtent, minPixdim, maxPixdim, recomputeAffine }: Respacing,
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
  const wanted = spacedGrid(before, size, { diagonal, scaleExtent });
  const grid: Grid = { ...wanted, shape: forced ?? wanted.shape };
  const result = isUnchanged(before, grid) ? unmoved(volume, resampling) : resample(volume, grid, resampling);
  const placed = recomputeAffine ? result.withAffine(rescaledAffine(before.affine, before.shape, grid.shape)) : result;
  return withApplied(placed, "spacing", volume, { pixdim: size, mode, diagonal, scaleExtent, alignCorners });
}

function perAxis(given: number | readonly number[]): readonly number[] {
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
