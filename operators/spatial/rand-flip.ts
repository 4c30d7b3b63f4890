import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { randomVolumeOperator } from "../declare.ts";
import { type FlipOptions, flipped } from "./flip.ts";
import { mirrored } from "./shared/axis-turn.ts";
import { axesOf, spatialAxisSchema } from "./shared/spatial-axes.ts";

/** Options of {@link randFlip}. */
export interface RandFlipOptions extends FlipOptions, RandomOptions {}

/**
 * Reverses axes of images at random: {@link flip} with probability `prob`, for all fields of an item or none. A view,
 * with the affine corrected. Random: draws whether to apply it (MONAI: `RandFlip`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randFlip } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randFlip({ keys: ["image", "label"], prob: 0.5, spatialAxis: 0 }));
 * ```
 */
export const randFlip = randomVolumeOperator<RandFlipOptions>()({
  name: "randFlip",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: { spatialAxis: v.optional(spatialAxisSchema) },
  draw: (_, { spatialAxis }) => ({ spatialAxis }),
  apply: (volume, drawn) => flipped(volume, drawn.spatialAxis),
  region: (box, { params, input }) => mirrored(box, axesOf(params.spatialAxis, input.shape.length), input.shape),
});
