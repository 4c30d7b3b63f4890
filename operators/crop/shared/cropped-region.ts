/** Cropping images to regions. */
import { PipelineError } from "../../../src/errors.ts";
import { withApplied } from "../../../src/volume/applied.ts";
import { isEmptyRegion, type Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/**
 * Crops an image to a region, as a view, and records that in its meta. @throws PipelineError `VOXRX_SHAPE_MISMATCH`
 * when the region has no voxel of the image
 */
export function cropped(volume: Volume, region: Region, operator: string): Volume {
  const { start, end } = region;
  if (isEmptyRegion(region)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `the region from [${start}] to [${end}] has no voxel of an image of shape [${volume.spatialShape}]`,
      {
        remedy:
          "Choose a region that overlaps every image, resample the images to one grid first, or leave such items out " +
          "with onError({ skip: true }) or filter().",
      },
    );
  }
  return withApplied(volume.crop(start, end), operator, volume, { start, end });
}

/** Converts a box of the cropped image to a box of the whole image. */
export function boxBeforeCrop(box: Region, { start }: Region): Region {
  const shifted = (ends: readonly number[]) => ends.map((at, axis) => at + (start[axis] ?? 0));
  return { start: shifted(box.start), end: shifted(box.end) };
}
