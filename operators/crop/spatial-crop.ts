import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { isEmptyRegion, type Region, regionAround } from "../../src/volume/region.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link spatialCrop}: a centre with a size, or a start with an end. */
export interface SpatialCropOptions<K extends string = never> extends FieldOptions<K> {
  /** Voxel in the middle of the region (of an even size: the one behind the middle), one number per axis. */
  readonly roiCenter?: readonly number[];
  /** Size of the region in voxels, one number per axis; -1 keeps an axis whole. */
  readonly roiSize?: readonly number[];
  /** First voxel of the region, one number per axis; below 0 means 0. */
  readonly roiStart?: readonly number[];
  /** Voxel behind the last one of the region, one number per axis; beyond the image means its end. */
  readonly roiEnd?: readonly number[];
}

/**
 * Cuts a fixed region out of images. `[C, x, y, z]` becomes the region as far as it lies inside of the image; axes for which no
 * number is given stay whole. A view: no sample is copied, and the affine follows, so that no voxel moves in the world.
 * Deterministic (MONAI: `SpatialCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when the region lies outside of an image
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(spatialCrop({ roiCenter: [64, 64, 40], roiSize: [32, 32, -1] }));
 * ```
 */
export function spatialCrop<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SpatialCropOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("spatialCrop", schema, options);
  return volumeTransform<K, T>({
    name: "spatialCrop",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume) => cropped(volume, regionOf(checked, volume.spatialShape), "spatialCrop"),
  });
}

const indices = z.array(z.int()).min(1).max(3);

const schema = z
  .strictObject({
    ...fieldShape,
    roiCenter: indices.optional(),
    roiSize: indices.optional(),
    roiStart: indices.optional(),
    roiEnd: indices.optional(),
  })
  .refine(
    ({ roiCenter, roiSize, roiStart, roiEnd }) =>
      roiStart || roiEnd
        ? roiStart?.length === roiEnd?.length && !roiCenter && !roiSize
        : roiCenter?.length === roiSize?.length && roiSize !== undefined,
    "give roiCenter with roiSize, or roiStart with roiEnd, of one length",
  )
  .refine(
    ({ roiStart, roiEnd }) => !roiStart || !roiEnd || roiStart.every((from, axis) => from < (roiEnd[axis] ?? from)),
    "roiEnd must lie behind roiStart on each axis",
  );

function regionOf({ roiCenter, roiSize, roiStart, roiEnd }: z.output<typeof schema>, shape: readonly number[]): Region {
  if (roiCenter && roiSize) return regionAround(roiCenter, roiSize, shape);
  return {
    start: shape.map((_, axis) => Math.max(roiStart?.[axis] ?? 0, 0)),
    end: shape.map((n, axis) => Math.min(roiEnd?.[axis] ?? n, n)),
  };
}

/** The region of the image as a view, noted on it. @throws PipelineError `VOXRX_SHAPE_MISMATCH` when it holds no voxel */
export function cropped(volume: Volume, region: Region, operator: string): Volume {
  const { start, end } = region;
  if (isEmptyRegion(region)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `the region from [${start}] to [${end}] holds no voxel of an image of [${volume.spatialShape}]`,
      { remedy: "Choose a region that overlaps every image, or bring the images to one grid first." },
    );
  }
  return withApplied(volume.crop(start, end), operator, volume, { start, end });
}
