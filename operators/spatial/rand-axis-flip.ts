import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { randomVolumeOperator } from "../declare.ts";
import { flipped } from "./flip.ts";
import { mirrored } from "./shared/axis-turn.ts";

/** Options of {@link randAxisFlip}. */
export interface RandAxisFlipOptions extends RandomOptions {}

/**
 * Reverses one axis of images, drawn uniformly, with probability `prob`; the same for all fields of an item. A view,
 * with the affine corrected. Random: draws whether to apply it, and the axis (MONAI: `RandAxisFlip`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randAxisFlip } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(randAxisFlip({ prob: 0.5 }));
 * ```
 */
export const randAxisFlip = randomVolumeOperator<RandAxisFlipOptions>()({
  name: "randAxisFlip",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: {},
  draw: (random, _, volumes) => ({ axis: random.integer(volumes[0]?.spatialShape.length ?? 1) }),
  apply: (volume, { axis }) => flipped(volume, axis),
  region: (box, { params, input }) => mirrored(box, [params.axis], input.shape),
});
