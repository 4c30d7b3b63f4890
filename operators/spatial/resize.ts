import * as v from "valibot";
import { roundHalfToEven } from "../../src/kernels/sampling.ts";
import { numberSchema, perField, roiSizeSchema, valueFor } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { requestedSize } from "../../src/volume/requested-size.ts";
import { isNearest, type ResizeMode, resized, smoothedFor } from "../../src/volume/resize-volume.ts";
import { volumeOperator } from "../declare.ts";
import { alignsLinearModes, resizeModeSchema, usesArea } from "./shared/resize-mode.ts";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /**
   * Size in voxels: one number for all axes, or one per axis; an axis with 0, -1 or null, or beyond the list, keeps
   * its size. With `sizeMode: "longest"`, one number.
   */
  readonly spatialSize: number | readonly (number | null)[];
  /**
   * Whether `spatialSize` is the size of every axis, or of the longest one, with the others scaled in proportion.
   * Default `"all"`.
   */
  readonly sizeMode?: "all" | "longest";
  /**
   * How to compute values; one for all keys or one for each. Default `"area"`: the mean of the voxels that a new voxel
   * touches. `"nearest-exact"`, for labels, takes the voxel at the new voxel's center, `"nearest"` the one at its lower
   * edge; `"bilinear"` is the same as `"trilinear"`.
   */
  readonly mode?: ResizeMode | readonly ResizeMode[];
  /** With `"trilinear"`: keep the centers of the outermost voxels in place, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
  /**
   * Smooth an image first along the axes that become shorter, unless its mode takes the nearest voxel. As in MONAI,
   * zeros are assumed around the image, so that it fades at its edges. Default false.
   */
  readonly antiAliasing?: boolean;
  /**
   * Standard deviation of that smoothing, in voxels: one number, or one per axis. Default (s - 1) / 2 for an axis that
   * becomes s times shorter.
   */
  readonly antiAliasingSigma?: number | readonly number[];
}

const sigmaSchema = v.pipe(numberSchema, v.minValue(0));

/**
 * Resizes images; the field of view stays the same. `[C, x, y, z]` (or 2D) becomes `[C, ...spatialSize]`; voxels change
 * their size and the affine is updated, so that the content keeps its place in the world, also with `alignCorners`
 * (where MONAI's affine is off by up to half a voxel). Nearest modes keep the element type, others return float32. If
 * an image already has the size, the result shares its samples. Deterministic (MONAI: `Resize`; torch: `interpolate`,
 * but with exact indices of nearest voxels).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { resize } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(resize({ keys: ["image", "label"], spatialSize: [96, 96, 64], mode: ["area", "nearest-exact"] }));
 * ```
 */
export const resize = volumeOperator<ResizeOptions>()({
  name: "resize",
  version: 2,
  retains: false,
  geometric: ({ antiAliasing, mode }) => !antiAliasing && !usesArea(mode),
  options: {
    spatialSize: roiSizeSchema,
    sizeMode: v.optional(v.picklist(["all", "longest"]), "all"),
    mode: v.optional(perField(resizeModeSchema), "area"),
    alignCorners: v.optional(v.boolean(), false),
    antiAliasing: v.optional(v.boolean(), false),
    antiAliasingSigma: v.optional(v.union([sigmaSchema, v.pipe(v.array(sigmaSchema), v.minLength(1), v.maxLength(3))])),
  },
  rules: [
    {
      test: ({ sizeMode, spatialSize }) => sizeMode === "all" || (typeof spatialSize === "number" && spatialSize > 0),
      fault: 'with sizeMode "longest" it must be one positive number, the size of the longest axis',
      option: "spatialSize",
    },
    alignsLinearModes,
  ],
  each: (volume, options, field) => {
    const { alignCorners, antiAliasing, antiAliasingSigma } = options;
    const mode = valueFor(options.mode, field);
    const spatialSize = sizeFor(volume.spatialShape, options);
    const source =
      antiAliasing && !isNearest(mode) ? smoothedFor(volume, spatialSize, antiAliasingSigma) : volume.share();
    const result = resized(source, spatialSize, { mode, alignCorners });
    return withApplied(result, "resize", volume, { spatialSize, mode, alignCorners });
  },
});

function sizeFor(
  shape: readonly number[],
  { spatialSize, sizeMode }: { readonly spatialSize: number | readonly number[]; readonly sizeMode: "all" | "longest" },
): number[] {
  if (sizeMode === "all" || typeof spatialSize !== "number") return requestedSize(spatialSize, shape);
  const longest = Math.max(...shape);
  return shape.map((n) => Math.max(1, roundHalfToEven((n * spatialSize) / longest)));
}
