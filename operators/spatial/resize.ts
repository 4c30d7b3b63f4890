import { z } from "zod";
import { roundHalfToEven } from "../../src/kernels/sampling.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { perField, valueFor } from "../../src/options.ts";
import { sizeOrOwn } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { isNearest, type ResizeMode, resized, smoothedFor } from "../../src/volume/resize-volume.ts";
import { spatialSizeSchema } from "./shared/resampling.ts";
import { alignsLinearModes, resizeModeSchema, usesArea } from "./shared/resize-mode.ts";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /**
   * Size in voxels: one number for all axes, or one per axis; -1, and an axis that is not named, keeps its size. With
   * `sizeMode: "longest"` one number.
   */
  readonly spatialSize: number | readonly number[];
  /** Whether `spatialSize` is that of every axis, or of the longest, which the others follow. Default `"all"`. */
  readonly sizeMode?: "all" | "longest";
  /**
   * Where values come from; one for all keys or one for each. Default `"area"`: the mean of the voxels that a new one
   * touches. `"nearest-exact"`, for labels, takes the voxel at a new one's centre, `"nearest"` the one at its lower
   * edge; `"bilinear"` is `"trilinear"`.
   */
  readonly mode?: ResizeMode | readonly ResizeMode[];
  /**
   * With `"trilinear"`: keep the centres of the outermost voxels in their places, not their outer edges. Default false.
   */
  readonly alignCorners?: boolean;
  /**
   * Smooth an image on the axes that become shorter, unless its mode takes the nearest voxel. As in MONAI zeros lie
   * around the image, so that it fades at its edges. Default false.
   */
  readonly antiAliasing?: boolean;
  /** Standard deviation of that, in voxels: one, or one per axis. Default (s - 1) / 2 for an axis s times shorter. */
  readonly antiAliasingSigma?: number | readonly number[];
}

const sigmaSchema = z.number().min(0);

/**
 * Brings images to a size over the same field of view. `[C, x, y, z]` (or 2D) becomes `[C, ...spatialSize]`; voxels
 * change their size and the affine follows, so that what is seen keeps its place in the world, also with `alignCorners`
 * (where MONAI's affine is off by up to half a voxel). Nearest modes keep the element type, others give float32. An
 * image that has the size already shares its samples with the result. Deterministic (MONAI: `Resize`; torch:
 * `interpolate`, with indices of nearest voxels computed exactly).
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
  version: 1,
  geometric: ({ antiAliasing, mode }) => !antiAliasing && !usesArea(mode),
  options: {
    spatialSize: spatialSizeSchema,
    sizeMode: z.enum(["all", "longest"]).default("all"),
    mode: perField(resizeModeSchema).default("area"),
    alignCorners: z.boolean().default(false),
    antiAliasing: z.boolean().default(false),
    antiAliasingSigma: z.union([sigmaSchema, z.array(sigmaSchema).min(1).max(3)]).optional(),
  },
  rules: [
    {
      test: ({ sizeMode, spatialSize }) => sizeMode === "all" || (typeof spatialSize === "number" && spatialSize > 0),
      fault: 'with sizeMode "longest" it is one number, that of the longest axis',
      option: "spatialSize",
    },
    alignsLinearModes,
  ],
  each: (volume, options, field) => {
    const { alignCorners, antiAliasing, antiAliasingSigma } = options;
    const mode = valueFor(options.mode, field);
    const spatialSize = sizeFor(volume.spatialShape, options);
    const smooth =
      antiAliasing && !isNearest(mode) ? smoothedFor(volume, spatialSize, antiAliasingSigma) : volume.share();
    const result = resized(smooth, spatialSize, { mode, alignCorners });
    return withApplied(result, "resize", volume, { spatialSize, mode, alignCorners });
  },
});

function sizeFor(
  shape: readonly number[],
  { spatialSize, sizeMode }: { readonly spatialSize: number | readonly number[]; readonly sizeMode: "all" | "longest" },
): number[] {
  if (sizeMode === "all" || typeof spatialSize !== "number") return sizeOrOwn(spatialSize, shape);
  const longest = Math.max(...shape);
  return shape.map((n) => Math.max(1, roundHalfToEven((n * spatialSize) / longest)));
}
