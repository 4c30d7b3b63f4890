import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, fieldShape, perField, valueFor } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Grid, rescaledAffine, spacedGrid, targetSpacing } from "../../src/volume/grid.ts";
import { asFloat32, type Interpolation, resample } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link spacing}. */
export interface SpacingOptions<K extends string = never> extends FieldOptions<K> {
  /**
   * Voxel size along each axis, in mm. One number, or fewer than there are axes: the last one serves the rest. What is not
   * positive keeps the image's own size on that axis.
   */
  readonly pixdim: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** Turn the image to the world's axes, so that its affine becomes diagonal. Default false: directions are kept. */
  readonly diagonal?: boolean;
  /** Keep the extent between the outer edges of the image, not between the centres of its outermost voxels. Default false. */
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

/**
 * Resamples images to a voxel size. `[C, x, y, z]` (or 2D) becomes `[C, x', y', z']` with the shape, affine and values of MONAI's
 * `Spacing`: axes keep their directions (made orthogonal: a shear is dropped), sizes are rounded half to even, values are
 * interpolated in double. Bilinear gives float32; nearest keeps the element type, with ties to the even voxel. An image that has
 * the voxel size already shares its samples with the result. Deterministic.
 *
 * `alignCorners` alone shifts the image against its affine, as it does in MONAI; use it together with `scaleExtent`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spacing } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(spacing({ keys: ["image", "label"], pixdim: [1.5, 1.5, 2], mode: ["bilinear", "nearest"] }));
 * ```
 */
export function spacing<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SpacingOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("spacing", schema, options);
  return volumeTransform<K, T>({
    name: "spacing",
    version: 2,
    options: checked,
    fields: { ...options },
    geometric: true,
    all: (volumes, _context, _item, places) => {
      let first: { before: Volume; after: Volume } | undefined;
      return volumes.map((before, n) => {
        const shape = checked.ensureSameShape && first && isSameGrid(first.before, before) ? first.after : undefined;
        const after = respaced(before, checked, places[n] ?? n, shape?.spatialShape);
        first ??= { before, after };
        return after;
      });
    },
  });
}

const sizes = z.union([z.number(), z.array(z.number()).min(1).max(3)]).transform((given) => [given].flat());
const bounds = z.union([z.number().positive(), z.array(z.number().positive()).min(1).max(3)]);

const schema = z.strictObject({
  ...fieldShape,
  pixdim: sizes,
  mode: perField(z.enum(["bilinear", "nearest"])).default("bilinear"),
  diagonal: z.boolean().default(false),
  scaleExtent: z.boolean().default(false),
  alignCorners: z.boolean().default(false),
  paddingMode: perField(z.enum(["border", "zeros", "reflection"])).default("border"),
  minPixdim: bounds.optional(),
  maxPixdim: bounds.optional(),
  recomputeAffine: z.boolean().default(false),
  ensureSameShape: z.boolean().default(true),
});

type Checked = z.output<typeof schema>;

function respaced(volume: Volume, options: Checked, field: number, forced: readonly number[] | undefined): Volume {
  const { diagonal, scaleExtent, alignCorners } = options;
  const mode = valueFor(options.mode, field);
  const before: Grid = { shape: volume.spatialShape, affine: volume.affine };
  const size = targetSpacing(volume.spacing, options.pixdim, {
    ...(options.minPixdim === undefined ? {} : { min: perAxis(options.minPixdim) }),
    ...(options.maxPixdim === undefined ? {} : { max: perAxis(options.maxPixdim) }),
    tolerance,
  });
  const wanted = spacedGrid(before, size, { diagonal, scaleExtent });
  const grid: Grid = { ...wanted, shape: forced ?? wanted.shape };
  const result = isUnchanged(before, grid)
    ? mode === "nearest"
      ? volume
      : asFloat32(volume)
    : resample(volume, grid, { mode, padding: valueFor(options.paddingMode, field), alignCorners });
  const placed = options.recomputeAffine
    ? result.withAffine(rescaledAffine(before.affine, before.shape, grid.shape))
    : result;
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
