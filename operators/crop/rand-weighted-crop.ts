import * as v from "valibot";
import { planeSums, voxelAtWeight, type WeightBox } from "../../src/kernels/weight-sums.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { countSchema, nonEmptySchema, roiSizeSchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround } from "../../src/volume/box-around.ts";
import { cropSize } from "../../src/volume/region.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { partsOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";

/** Options of {@link randWeightedCrop}. */
export interface RandWeightedCropOptions {
  /** Field that holds the weight map: a volume of the same shape, of which only the first channel is read. */
  readonly wKey: string;
  /** Size in voxels: one number for all axes, or one per axis; -1, or more than the image has, keeps the whole axis. */
  readonly spatialSize: number | readonly (number | null)[];
  /** Number of crops of each item. Default 1. */
  readonly numSamples?: number;
}

/**
 * Cuts `numSamples` crops out of each item, each as a separate item, around voxels drawn in proportion to a weight map,
 * among the voxels that a crop fits around. If there are negative weights, all weights are raised until the smallest is
 * 0. A map whose weights are all 0, or not all finite, counts as uniform. All fields are cropped alike and must have
 * the same shape. Views: no sample is copied, and the affine is updated. `meta.patchIndex` is the number of the crop,
 * from 0. An indexed dataset stays indexed, `numSamples` times as long. Random: the regions are drawn; as in MONAI's
 * `RandWeightedCropd`, the last position on each axis at which a crop would fit is never drawn.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH`, `VOXRX_MISSING_KEY`,
 * `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randWeightedCrop } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume; interest: Volume }>;
 * scans.pipe(randWeightedCrop({ keys: ["image", "label"], wKey: "interest", spatialSize: 64, numSamples: 4 }));
 * ```
 */
export const randWeightedCrop = partsOperator<RandWeightedCropOptions>()({
  name: "randWeightedCrop",
  version: 1,
  retains: false,
  needsKeys: true,
  keyOptions: ["wKey"],
  options: { wKey: nonEmptySchema, spatialSize: roiSizeSchema, numSamples: v.optional(countSchema, 1) },
  count: ({ numSamples }) => numSamples,
  draw: (random, { wKey, spatialSize, numSamples }, volumes, { item }) => {
    const weights = volumeOf(item, wKey);
    const shape = commonShape([...volumes, weights]);
    return drawCenters(random, weights, centerBox(spatialSize, shape), numSamples).map((center) =>
      boxAround(center, spatialSize, shape, true),
    );
  },
  apply: (volume, region) => cropped(volume, region, "randWeightedCrop"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});

/** The voxels that a crop can be centered on. */
function centerBox(spatialSize: number | readonly number[], shape: readonly number[]): WeightBox {
  const size = cropSize(spatialSize, shape);
  const start = size.map((length) => Math.floor(length / 2));
  const end = size.map((length, axis) => {
    const n = shape[axis] ?? length;
    return n > length ? n - length + Math.floor(length / 2) : Math.floor(n / 2) + 1;
  });
  return { start, end };
}

function drawCenters(random: Random, weights: Volume, box: WeightBox, count: number): (readonly number[])[] {
  const planes = planeSums(weights, box);
  const total = planes.sums.reduce((sum, planeSum) => sum + planeSum, 0);
  const isEven = !(total > 0 && Number.isFinite(total));
  return Array.from({ length: count }, () =>
    isEven
      ? box.start.map((from, axis) => from + random.integer((box.end[axis] ?? from + 1) - from))
      : voxelAtWeight(weights, box, planes, random.next() * total),
  );
}
