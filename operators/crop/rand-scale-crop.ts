import { z } from "zod";
import { randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { drawRegion } from "./shared/drawn-region.ts";
import { scaledSize, scaleSchema, shareOn } from "./shared/scaled-size.ts";

/** Options of {@link randScaleCrop}. */
export interface RandScaleCropOptions {
  /**
   * Share of each axis to keep, above 0: one number for all axes, or one per axis. With `randomSize` the smallest that
   * is drawn.
   */
  readonly roiScale: number | readonly number[];
  /** With `randomSize` the largest share that is drawn, as `roiScale`. Default: the whole axis. */
  readonly maxRoiScale?: number | readonly number[];
  /** Draw where the region lies. Default true; false: in the middle. */
  readonly randomCenter?: boolean;
  /** Draw the size on each axis, evenly. Default false: it is `roiScale`. */
  readonly randomSize?: boolean;
}

/**
 * Cuts a region out of images that is a share of their size, rounded up to an integer number of voxels; its place, and
 * size if asked, is drawn. All fields of an item are cut alike and must agree in shape. A view: no sample is copied,
 * and the affine follows. Random: drawn is the region (MONAI: `RandScaleCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randScaleCrop } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randScaleCrop({ keys: ["image", "label"], roiScale: 0.8 }));
 * ```
 */
export const randScaleCrop = randomVolumeOperator<RandScaleCropOptions>()({
  name: "randScaleCrop",
  version: 1,
  geometric: true,
  prob: "always",
  options: {
    roiScale: scaleSchema,
    maxRoiScale: scaleSchema.optional(),
    randomCenter: z.boolean().default(true),
    randomSize: z.boolean().default(false),
  },
  rules: [
    {
      test: ({ maxRoiScale, randomSize }) => maxRoiScale === undefined || randomSize,
      fault: "maxRoiScale needs randomSize: true",
    },
    {
      test: ({ roiScale, maxRoiScale = Number.POSITIVE_INFINITY }) =>
        [0, 1, 2].every((axis) => shareOn(roiScale, axis) <= shareOn(maxRoiScale, axis)),
      fault: "maxRoiScale is smaller than roiScale",
    },
  ],
  draw: (random, { roiScale, maxRoiScale, randomCenter, randomSize }, volumes) => {
    const shape = commonShape(volumes);
    const roiSize = scaledSize(roiScale, shape);
    const maxRoiSize = maxRoiScale === undefined ? undefined : scaledSize(maxRoiScale, shape);
    return drawRegion(random, shape, { roiSize, maxRoiSize, randomCenter, randomSize });
  },
  apply: (volume, region) => cropped(volume, region, "randScaleCrop"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});
