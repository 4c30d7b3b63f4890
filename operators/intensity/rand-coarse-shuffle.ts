import { shuffleBoxes } from "../../src/kernels/coarse.ts";
import { Random } from "../../src/random/random.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { drawHoles, type Holes, type HolesOptions, holesRules, holesShape } from "./shared/drawn-holes.ts";
import { ownSamples } from "./shared/own-samples.ts";

/** Options of {@link randCoarseShuffle}. */
export interface RandCoarseShuffleOptions extends HolesOptions {}

/**
 * Shuffles the voxels in boxes of images with probability `prob`, each channel separately. Boxes are inside the image
 * and can overlap. The fields of an item must have the same shape; their n-th channels are shuffled in the same way.
 * Shape, affine and element type stay. Random: draws whether to apply it, the number of boxes, their sizes and
 * positions uniformly, and the seed of the shuffling. MONAI uses the size of one box as the minimum size of the next;
 * here each size is drawn independently (MONAI: `RandCoarseShuffle`; Kang et al. 2017).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCoarseShuffle } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randCoarseShuffle({ keys: "image", holes: 10, spatialSize: 8, maxSpatialSize: 16, prob: 0.5 }));
 * ```
 */
export const randCoarseShuffle = randomVolumeOperator<RandCoarseShuffleOptions>()({
  name: "randCoarseShuffle",
  version: 1,
  retains: false,
  options: holesShape,
  rules: holesRules,
  draw: drawHoles,
  apply: shuffled,
});

/** Returns the image with the values in each box shuffled by the seed. */
export function shuffled(volume: Volume, { boxes, seed }: Holes): Volume {
  const data = ownSamples(volume);
  shuffleBoxes(data, volume.shape, boxes, (box, channel) => new Random(seed, box, channel));
  return volume.withSamples({ data, layout: "x-fastest" });
}
