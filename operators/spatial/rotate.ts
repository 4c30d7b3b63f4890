import { z } from "zod";
import { OptionError } from "../../src/errors.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { aroundCentre, resampleThrough, rotation } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { ResampleOptions } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { notedResampling, type ResamplingOptions, resamplingFor, resamplingShape } from "./shared/resampling.ts";

/** Options of {@link rotate}. */
export interface RotateOptions extends ResamplingOptions {
  /**
   * Radians: one number for 2D images; in 3D `[x, y, z]`, the turns around these axes. One number in 3D is all three.
   */
  readonly angle: number | readonly number[];
  /**
   * Keep the image's size, so that corners may be cut off. Default true; false: the size follows the turned corners.
   */
  readonly keepSize?: boolean;
}

/**
 * Turns images around their middle. `[C, x, y, z]` (or 2D) keeps its shape, or with `keepSize: false` gets the size
 * that MONAI gives it: that of the turned corners (exact for a turn around one axis; turns around several may cut a few
 * voxels off). The matrix, Rx Ry Rz, maps voxels of the result to voxels of the image; the affine follows it, so that
 * what is seen keeps its place in the world. Bilinear gives float32; nearest keeps the element type. Deterministic
 * (MONAI: `Rotate`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a number of angles that an image has no axes for; PipelineError
 * `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { rotate } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(rotate({ keys: ["image", "label"], angle: [0, 0, Math.PI / 12], mode: ["bilinear", "nearest"] }));
 * ```
 */
export const rotate = volumeOperator<RotateOptions>()({
  name: "rotate",
  version: 1,
  geometric: true,
  options: {
    angle: z.union([
      z.number(),
      z.array(z.number()).refine(({ length }) => length === 1 || length === 3, "give one angle in 2D, three in 3D"),
    ]),
    keepSize: z.boolean().default(true),
    ...resamplingShape,
  },
  each: (volume, options, field) => {
    const angles = anglesFor(options.angle, volume.spatialShape.length);
    return rotated(volume, angles, options.keepSize, resamplingFor(options, field));
  },
});

/** The image turned by `angles`, noted on it. */
export function rotated(
  volume: Volume,
  angles: readonly number[],
  keepSize: boolean,
  options: ResampleOptions,
): Volume {
  const from = volume.spatialShape;
  const turn = rotation(angles, from.length);
  const reach = (_: number, row: number) =>
    from.reduce((sum, n, column) => sum + Math.abs(turn[row * 4 + column] ?? 0) * n, 0);
  const to = keepSize ? from : from.map(reach).map((extent) => Math.max(1, Math.floor(extent + 0.5)));
  const result = resampleThrough(volume, aroundCentre(turn, from, to), to, options);
  return withApplied(result, "rotate", volume, { angle: angles, keepSize, ...notedResampling(options) });
}

function anglesFor(angle: number | readonly number[], rank: number): readonly number[] {
  const needed = rank === 2 ? 1 : 3;
  if (typeof angle === "number") return Array.from({ length: needed }, () => angle);
  if (angle.length === needed) return angle;
  throw new OptionError("VOXRX_BAD_OPTION", `angle has ${angle.length} numbers for an image of ${rank} axes`, {
    remedy: "Give one angle for 2D images, three for 3D.",
  });
}
