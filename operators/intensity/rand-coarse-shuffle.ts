import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { shuffleBoxes } from "../../src/kernels/coarse.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { drawHoles, type Holes, type HolesOptions, holesShape, ownSamples, withHolesChecked } from "./rand-holes.ts";

/** Options of {@link randCoarseShuffle}. */
export interface RandCoarseShuffleOptions<K extends string = never> extends FieldOptions<K>, HolesOptions {}

/**
 * Shuffles the voxels within boxes of images with probability `prob`, each channel by itself. Boxes lie inside of the image and may
 * overlap; the n-th channel of all fields of an item, which must agree in shape, is shuffled alike. Shape, affine and element type
 * stay. Random: drawn are whether, how many boxes, their sizes and places evenly, and the seed of the shuffling. MONAI takes the size
 * of one box as the least size of the next; here each is drawn by itself (MONAI: `RandCoarseShuffle`; Kang et al. 2017).
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
export function randCoarseShuffle<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandCoarseShuffleOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randCoarseShuffle", schema, options);
  return randomVolumeTransform<Holes, K, T>({
    name: "randCoarseShuffle",
    version: 1,
    options: checked,
    fields: { ...options },
    prob: checked.prob,
    draw: (random, volumes) => drawHoles(random, volumes, checked),
    apply: shuffled,
  });
}

const schema = withHolesChecked(z.strictObject({ ...fieldShape, ...holesShape }));

/** A volume with the values within each box in the order that the seed stands for. */
export function shuffled(volume: Volume, { boxes, seed }: Holes): Volume {
  const data = ownSamples(volume);
  shuffleBoxes(data, volume.shape, boxes, (box, channel) => new Random(seed, box, channel));
  return volume.withSamples({ data });
}
