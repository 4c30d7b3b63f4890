import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { roundHalfToEven } from "../../src/kernels/sampling.ts";
import { checkOptions, countSchema, fieldShape, perField, valueFor } from "../../src/options.ts";
import { sizeOrOwn } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { isNearest, type ResizeMode, resized, smoothedFor } from "../../src/volume/resize.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link resize}. */
export interface ResizeOptions<K extends string = never> extends FieldOptions<K> {
  /**
   * Size in voxels: one number for all axes, or one per axis; -1, and an axis that is not named, keeps its size. With `sizeMode:
   * "longest"` one number.
   */
  readonly spatialSize: number | readonly number[];
  /** Whether `spatialSize` is that of every axis, or of the longest, which the others follow. Default `"all"`. */
  readonly sizeMode?: "all" | "longest";
  /**
   * Where values come from; one for all keys or one for each. Default `"area"`: the mean of the voxels that a new one touches.
   * `"nearest-exact"`, for labels, takes the voxel at a new one's centre, `"nearest"` the one at its lower edge; `"bilinear"` is
   * `"trilinear"`.
   */
  readonly mode?: ResizeMode | readonly ResizeMode[];
  /** With `"trilinear"`: keep the centres of the outermost voxels in their places, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
  /**
   * Smooth an image on the axes that become shorter, unless its mode takes the nearest voxel. As in MONAI zeros lie around the image,
   * so that it fades at its edges. Default false.
   */
  readonly antiAliasing?: boolean;
  /** Standard deviation of that, in voxels: one, or one per axis. Default (s - 1) / 2 for an axis s times shorter. */
  readonly antiAliasingSigma?: number | readonly number[];
}

/**
 * Brings images to a size over the same field of view. `[C, x, y, z]` (or 2D) becomes `[C, ...spatialSize]`; voxels change their size
 * and the affine follows, so that what is seen keeps its place in the world, also with `alignCorners` (where MONAI's affine is off by
 * up to half a voxel). Nearest modes keep the element type, others give float32. An image of the size already shares its samples.
 * Deterministic (MONAI: `Resize`; torch: `interpolate`, with indices of nearest voxels computed exactly).
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
export function resize<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ResizeOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("resize", schema, options);
  return volumeTransform<K, T>({
    name: "resize",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: !checked.antiAliasing && !usesArea(checked.mode),
    each: (volume, field) => {
      const { alignCorners, antiAliasing, antiAliasingSigma } = checked;
      const mode = valueFor(checked.mode, field);
      const spatialSize = sizeFor(volume, checked);
      const smooth =
        antiAliasing && !isNearest(mode) ? smoothedFor(volume, spatialSize, antiAliasingSigma) : volume.share();
      const result = resized(smooth, spatialSize, { mode, alignCorners });
      return withApplied(result, "resize", volume, { spatialSize, mode, alignCorners });
    },
  });
}

/** Checks where values of a resized image come from. */
export const resizeModeSchema = z.enum(["area", "nearest", "nearest-exact", "trilinear", "bilinear"]);

/** Whether any field is pooled: each value of it depends on all samples within its voxel. */
export function usesArea(mode: ResizeMode | readonly ResizeMode[]): boolean {
  return [mode].flat().includes("area");
}

/** Whether `alignCorners` has a field to work on: it says how linear modes place voxels. */
export function isAlignable({ alignCorners, mode }: { alignCorners: boolean; mode: ResizeMode | ResizeMode[] }) {
  return !alignCorners || [mode].flat().some((one) => one === "trilinear" || one === "bilinear");
}

/** What is said of {@link isAlignable}. */
export const alignableOnly = { path: ["alignCorners"], message: 'it is for mode "trilinear" only' };

const sizeSchema = z.union([countSchema, z.literal(-1)]);
const sigmaSchema = z.number().min(0);

const schema = z
  .strictObject({
    ...fieldShape,
    spatialSize: z.union([sizeSchema, z.array(sizeSchema).min(1).max(3)]),
    sizeMode: z.enum(["all", "longest"]).default("all"),
    mode: perField(resizeModeSchema).default("area"),
    alignCorners: z.boolean().default(false),
    antiAliasing: z.boolean().default(false),
    antiAliasingSigma: z.union([sigmaSchema, z.array(sigmaSchema).min(1).max(3)]).optional(),
  })
  .refine(({ sizeMode, spatialSize }) => sizeMode === "all" || (typeof spatialSize === "number" && spatialSize > 0), {
    path: ["spatialSize"],
    message: 'with sizeMode "longest" it is one number, that of the longest axis',
  })
  .refine(isAlignable, alignableOnly);

function sizeFor(volume: Volume, { spatialSize, sizeMode }: z.output<typeof schema>): number[] {
  const shape = volume.spatialShape;
  if (sizeMode === "all" || typeof spatialSize !== "number") return sizeOrOwn(spatialSize, shape);
  const longest = Math.max(...shape);
  return shape.map((n) => Math.max(1, roundHalfToEven((n * spatialSize) / longest)));
}
