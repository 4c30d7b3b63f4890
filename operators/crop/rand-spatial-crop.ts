import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, roiSizeSchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { centreRegion, type Region } from "../../src/volume/region.ts";
import { commonShape } from "../../src/volume/shared-shape.ts";
import { cropped } from "./spatial-crop.ts";

/** Options of {@link randSpatialCrop}. */
export interface RandSpatialCropOptions<K extends string = never> extends FieldOptions<K> {
  /**
   * Size in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. With `randomSize` the smallest that is
   * drawn.
   */
  readonly roiSize: number | readonly number[];
  /** With `randomSize` the largest size that is drawn, as `roiSize`; -1 is the image's size. Default: the image's size. */
  readonly maxRoiSize?: number | readonly number[];
  /** Draw where the region lies. Default true; false: in the middle. */
  readonly randomCenter?: boolean;
  /** Draw the size on each axis. Default false: it is `roiSize`. */
  readonly randomSize?: boolean;
}

/**
 * Cuts a region out of images whose place, and size if asked, is drawn: its size evenly between both ends, then its place evenly among all inside of the image. A size
 * larger than the image is cut to it. All fields of an item are cut alike and must agree in shape. A view: no sample is copied, and
 * the affine follows. Random (MONAI: `RandSpatialCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randSpatialCrop } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randSpatialCrop({ keys: ["image", "label"], roiSize: [96, 96, -1] }));
 * ```
 */
export function randSpatialCrop<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandSpatialCropOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randSpatialCrop", schema, options);
  return randomVolumeTransform<Region, K, T>({
    name: "randSpatialCrop",
    version: 2,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob: 1,
    draw: (random, volumes) => drawRegion(random, commonShape(volumes), checked),
    apply: (volume, region) => cropped(volume, region, "randSpatialCrop"),
  });
}

/** The schema of what is drawn, before its parts are held against each other. */
export const randCropShape = z.strictObject({
  ...fieldShape,
  roiSize: roiSizeSchema,
  maxRoiSize: roiSizeSchema.optional(),
  randomCenter: z.boolean().default(true),
  randomSize: z.boolean().default(false),
});

/** Whether no axis has a least size above its largest. */
export function isSizeOrdered({ roiSize, maxRoiSize }: Pick<CropRule, "roiSize" | "maxRoiSize">): boolean {
  return [0, 1, 2].every((axis) => {
    const [least, most] = [sizeOn(roiSize, axis), sizeOn(maxRoiSize ?? -1, axis)];
    return most <= 0 || (least > 0 && least <= most);
  });
}

/** What is said of {@link isSizeOrdered}. */
export const sizesInOrder = "maxRoiSize is smaller than roiSize";

const schema = randCropShape
  .refine(({ maxRoiSize, randomSize }) => maxRoiSize === undefined || randomSize, "maxRoiSize needs randomSize: true")
  .refine(isSizeOrdered, sizesInOrder);

/** What {@link drawRegion} is told. */
export interface CropRule {
  readonly roiSize: number | readonly number[];
  readonly maxRoiSize?: number | readonly number[] | undefined;
  readonly randomCenter: boolean;
  readonly randomSize: boolean;
}

function sizeOn(size: number | readonly number[], axis: number): number {
  return typeof size === "number" ? size : (size[axis] ?? -1);
}

function askedSize(asked: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => {
    const size = sizeOn(asked, axis);
    return size > 0 ? size : n;
  });
}

/** Draws a region that lies inside of an image: its size first, then, evenly, its place. */
export function drawRegion(random: Pick<Random, "integer">, shape: readonly number[], options: CropRule): Region {
  const least = askedSize(options.roiSize, shape);
  const most = options.randomSize ? askedSize(options.maxRoiSize ?? -1, shape) : least;
  // As MONAI: what is drawn beyond the image is cut to it, so that its own size comes up more often.
  const size = shape.map((n, axis) => {
    const low = least[axis] ?? n;
    return Math.min(low + random.integer((most[axis] ?? low) - low + 1), n);
  });
  if (!options.randomCenter) return centreRegion(size, shape);
  const start = shape.map((n, axis) => random.integer(n - (size[axis] ?? n) + 1));
  return { start, end: start.map((from, axis) => from + (size[axis] ?? 0)) };
}
