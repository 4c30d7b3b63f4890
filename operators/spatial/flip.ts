import * as v from "valibot";
import { withApplied } from "../../src/volume/applied.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { mirrored } from "./shared/axis-turn.ts";
import { axesOf, spatialAxisSchema } from "./shared/spatial-axes.ts";

/** Options of {@link flip}. */
export interface FlipOptions {
  /** Axes to reverse: 0 is x, -1 the last. Default: all. */
  readonly spatialAxis?: number | readonly number[];
}

/**
 * Reverses axes of images. A view: shape and element type stay, no sample is copied, and the affine is updated so that
 * no voxel moves in the world. Deterministic (MONAI: `Flip`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { flip } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(flip({ spatialAxis: [0, 1] }));
 * ```
 */
export const flip = volumeOperator<FlipOptions>()({
  name: "flip",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: { spatialAxis: v.optional(spatialAxisSchema) },
  each: (volume, { spatialAxis }) => flipped(volume, spatialAxis),
  region: (box, { options: { spatialAxis }, input: { shape } }) =>
    mirrored(box, axesOf(spatialAxis, shape.length), shape),
});

/** Returns the image with axes reversed, recorded in `meta.applied`. An axis that is listed twice is reversed once. */
export function flipped(volume: Volume, spatialAxis: number | readonly number[] | undefined): Volume {
  const axes = axesOf(spatialAxis, volume.spatialShape.length);
  return withApplied(volume.flip(axes), "flip", volume, { spatialAxis: axes });
}
