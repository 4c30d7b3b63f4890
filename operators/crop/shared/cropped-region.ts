/** Regions that are cut out of images. */
import { PipelineError } from "../../../src/errors.ts";
import { roiSizeSchema } from "../../../src/options.ts";
import { withApplied } from "../../../src/volume/applied.ts";
import { isEmptyRegion, type Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Checks the size of a crop: one number for all axes, or one per axis; -1 keeps an axis whole. */
export const cropSizeSchema = roiSizeSchema.refine(
  (size) => ![size].flat().includes(0),
  "a crop has no axis of 0 voxels",
);

/**
 * The region of the image as a view, noted on it. @throws PipelineError `VOXRX_SHAPE_MISMATCH` when it holds no voxel
 */
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

/** The box of the image that a box of the region is. */
export function boxBeforeCrop(box: Region, { start }: Region): Region {
  const shifted = (ends: readonly number[]) => ends.map((at, axis) => at + (start[axis] ?? 0));
  return { start: shifted(box.start), end: shifted(box.end) };
}
