import { z } from "zod";
import { planeSums, voxelAtWeight, type WeightBox } from "../../src/kernels/weight-sums.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { partsOperator } from "../../src/operator/parts-operator.ts";
import { countSchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround } from "../../src/volume/box-around.ts";
import { cropSize } from "../../src/volume/region.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { boxBeforeCrop, cropped, cropSizeSchema } from "./shared/cropped-region.ts";

/** Options of {@link randWeightedCrop}. */
export interface RandWeightedCropOptions {
  /** Field that holds the map of weights: a volume of the same shape, of which the first channel counts. */
  readonly wKey: string;
  /** Size in voxels: one number for all axes, or one per axis; -1, or more than there is, keeps an axis whole. */
  readonly spatialSize: number | readonly number[];
  /** Crops of each item. Default 1. */
  readonly numSamples?: number;
}

/**
 * Crops of each item, as items of their own, around voxels drawn in proportion to a map of weights, among those that a
 * crop fits around. Negative weights raise all until the least is 0; a map without any weight, or with one that is not
 * finite, counts as even. All fields are cut alike and must agree in shape. Views: no sample is copied, and the affine
 * follows; volumes say which crop they are in `meta.patchIndex`. An indexed dataset stays indexed, `numSamples` times
 * as long. Random: drawn are the regions (MONAI: `RandWeightedCropd`, which also leaves out the last place that a crop
 * would fit at on each axis).
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
  needsKeys: true,
  keyOptions: ["wKey"],
  options: { wKey: z.string().min(1), spatialSize: cropSizeSchema, numSamples: countSchema.default(1) },
  count: ({ numSamples }) => numSamples,
  draw: (random, { wKey, spatialSize, numSamples }, volumes, { item }) => {
    const weights = volumeOf(item, wKey);
    const shape = commonShape([...volumes, weights]);
    return drawCentres(random, weights, centresFor(spatialSize, shape), numSamples).map((centre) =>
      boxAround(centre, spatialSize, shape, true),
    );
  },
  apply: (volume, region) => cropped(volume, region, "randWeightedCrop"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});

/** The voxels that a crop may be put around. */
function centresFor(spatialSize: number | readonly number[], shape: readonly number[]): WeightBox {
  const size = cropSize(spatialSize, shape);
  const start = size.map((length) => Math.floor(length / 2));
  const end = size.map((length, axis) => {
    const n = shape[axis] ?? length;
    return n > length ? n - length + Math.floor(length / 2) : Math.floor(n / 2) + 1;
  });
  return { start, end };
}

function drawCentres(random: Random, weights: Volume, box: WeightBox, count: number): (readonly number[])[] {
  const planes = planeSums(weights, box);
  const total = planes.sums.reduce((sum, one) => sum + one, 0);
  const isEven = !(total > 0 && Number.isFinite(total));
  return Array.from({ length: count }, () =>
    isEven
      ? box.start.map((from, axis) => from + random.integer((box.end[axis] ?? from + 1) - from))
      : voxelAtWeight(weights, box, planes, random.next() * total),
  );
}
