import * as v from "valibot";
import { OptionError } from "../../src/errors.ts";
import { numberSchema } from "../../src/options.ts";
import { aroundCenter, resampleThrough, rotation } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { ResampleOptions } from "../../src/volume/resample-options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { notedResampling, type ResamplingOptions, resamplingFor, resamplingShape } from "./shared/resampling.ts";

/** Options of {@link rotate}. */
export interface RotateOptions extends ResamplingOptions {
  /**
   * Angle in radians: one number for 2D images; in 3D `[x, y, z]`, the rotations around these axes. In 3D, one number
   * is used for all three.
   */
  readonly angle: number | readonly number[];
  /**
   * Keep the image's size, which can cut off corners. Default true; false: the size is that of the box around the
   * rotated corners.
   */
  readonly keepSize?: boolean;
}

/**
 * Rotates images around their center. `[C, x, y, z]` (or 2D) keeps its shape, or with `keepSize: false` gets the same
 * size as in MONAI: that of the box around the rotated corners (exact for a rotation around one axis; rotations around
 * several can cut off a few voxels). The matrix, Rx Ry Rz, maps voxels of the result to voxels of the image; the affine
 * is updated, so that the content keeps its place in the world. Bilinear returns float32; nearest keeps the element
 * type. Deterministic (MONAI: `Rotate`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when the number of angles does not match an image's axes; PipelineError
 *   `VOXRX_TOO_LARGE` beyond 2^30 samples
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
  version: 3,
  retains: false,
  geometric: true,
  options: {
    angle: v.union([
      numberSchema,
      v.pipe(
        v.array(numberSchema),
        v.check(({ length }) => length === 1 || length === 3, "give one angle in 2D, three in 3D"),
      ),
    ]),
    keepSize: v.optional(v.boolean(), true),
    ...resamplingShape,
  },
  each: (volume, options, field) => {
    const angles = anglesFor(options.angle, volume.spatialShape.length);
    return rotated(volume, angles, options.keepSize, resamplingFor(options, field));
  },
});

/** Returns the image rotated by `angles`, recorded in `meta.applied`. */
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
  const result = resampleThrough(volume, aroundCenter(turn, from, to), to, options);
  return withApplied(result, "rotate", volume, { angle: angles, keepSize, ...notedResampling(options) });
}

function anglesFor(angle: number | readonly number[], rank: number): readonly number[] {
  const needed = rank === 2 ? 1 : 3;
  if (typeof angle === "number") return Array.from({ length: needed }, () => angle);
  if (angle.length === needed) return angle;
  throw new OptionError(
    "VOXRX_BAD_OPTION",
    `angle must have length ${needed} for an image of ${rank} axes, got ${angle.length}`,
    {
      remedy: "Give one angle for 2D images, three for 3D.",
    },
  );
}
