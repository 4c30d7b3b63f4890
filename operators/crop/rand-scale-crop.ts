import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import type { Region } from "../../src/volume/region.ts";
import { commonShape } from "../../src/volume/shared-shape.ts";
import { scaledSize, scaleSchema } from "./center-scale-crop.ts";
import { drawRegion } from "./rand-spatial-crop.ts";
import { cropped } from "./spatial-crop.ts";

/** Options of {@link randScaleCrop}. */
export interface RandScaleCropOptions<K extends string = never> extends FieldOptions<K> {
  /** Share of each axis to keep, above 0: one number for all axes, or one per axis. With `randomSize` the smallest that is drawn. */
  readonly roiScale: number | readonly number[];
  /** With `randomSize` the largest share that is drawn, as `roiScale`. Default: the whole axis. */
  readonly maxRoiScale?: number | readonly number[];
  /** Draw where the region lies. Default true; false: in the middle. */
  readonly randomCenter?: boolean;
  /** Draw the size on each axis, evenly. Default false: it is `roiScale`. */
  readonly randomSize?: boolean;
}

/**
 * Cuts a region out of images that is a share of their size, rounded up to whole voxels; its place, and size if asked, is drawn. All fields of
 * an item are cut alike and must agree in shape. A view: no sample is copied, and the affine follows. Random (MONAI: `RandScaleCrop`).
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
export function randScaleCrop<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandScaleCropOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randScaleCrop", schema, options);
  const { roiScale, maxRoiScale, ...rule } = checked;
  return randomVolumeTransform<Region, K, T>({
    name: "randScaleCrop",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob: 1,
    draw: (random, volumes) => {
      const shape = commonShape(volumes);
      const roiSize = scaledSize(roiScale, shape);
      const maxRoiSize = maxRoiScale === undefined ? undefined : scaledSize(maxRoiScale, shape);
      return drawRegion(random, shape, { ...rule, roiSize, maxRoiSize });
    },
    apply: (volume, region) => cropped(volume, region, "randScaleCrop"),
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    roiScale: scaleSchema,
    maxRoiScale: scaleSchema.optional(),
    randomCenter: z.boolean().default(true),
    randomSize: z.boolean().default(false),
  })
  .refine(
    ({ maxRoiScale, randomSize }) => maxRoiScale === undefined || randomSize,
    "maxRoiScale needs randomSize: true",
  )
  .refine(
    ({ roiScale, maxRoiScale }) =>
      [0, 1, 2].every((axis) => shareOn(roiScale, axis) <= shareOn(maxRoiScale ?? Number.POSITIVE_INFINITY, axis)),
    "maxRoiScale is smaller than roiScale",
  );

function shareOn(scale: number | readonly number[], axis: number): number {
  return typeof scale === "number" ? scale : (scale[axis] ?? 1);
}
