import * as v from "valibot";
import { numberSchema } from "../../src/options.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import { randomVolumeOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { drawRegion } from "./shared/drawn-region.ts";
import { positiveOrOne } from "./shared/positive-or-one.ts";
import { scaledSize, shareOn } from "./shared/scaled-size.ts";

/** Options of {@link randScaleCrop}. */
export interface RandScaleCropOptions {
  /**
   * Share of each axis to keep: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. With
   * `randomSize`: the smallest share to draw.
   */
  readonly roiScale: number | readonly (number | null)[];
  /** With `randomSize`: the largest share to draw, in the form of `roiScale`. Default: the whole axis. */
  readonly maxRoiScale?: number | readonly (number | null)[];
  /** Whether to draw the position of the region. Default true; false centers it. */
  readonly randomCenter?: boolean;
  /** Whether to draw the size on each axis, evenly. Default false: it follows from `roiScale`. */
  readonly randomSize?: boolean;
}

/**
 * Crops images to a region whose size is a share of theirs, rounded up to an integer number of voxels. Its position is
 * drawn, and with `randomSize` its size. All fields of an item are cropped alike and must have the same shape. A view:
 * no sample is copied, and the affine is updated. Random: the region is drawn (MONAI: `RandScaleCrop`).
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
  retains: false,
  aliases: "always",
  geometric: true,
  prob: "always",
  options: {
    roiScale: positiveOrOne(numberSchema),
    maxRoiScale: v.optional(positiveOrOne(numberSchema)),
    randomCenter: v.optional(v.boolean(), true),
    randomSize: v.optional(v.boolean(), false),
  },
  rules: [
    {
      test: ({ maxRoiScale, randomSize }) => maxRoiScale === undefined || randomSize,
      fault: "maxRoiScale needs randomSize: true",
    },
    {
      test: ({ roiScale, maxRoiScale = Number.POSITIVE_INFINITY }) =>
        [0, 1, 2].every((axis) => shareOn(roiScale, axis) <= shareOn(maxRoiScale, axis)),
      fault: "maxRoiScale must be at least roiScale",
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
