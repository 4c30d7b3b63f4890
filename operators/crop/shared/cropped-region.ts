/** Cropping images to regions. */
import * as v from "valibot";
import { PipelineError } from "../../../src/errors.ts";
import { roiSizeSchema } from "../../../src/options.ts";
import { withApplied } from "../../../src/volume/applied.ts";
import { isEmptyRegion, type Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Checks the size of a crop: one number for all axes, or one per axis; -1 keeps the whole axis. */
export const cropSizeSchema = v.pipe(
  roiSizeSchema,
  v.check((size) => ![size].flat().includes(0), "a crop must have at least 1 voxel on each axis"),
);

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
      { remedy: "Choose a region that overlaps every image, or resample the images to one grid first." },
    );
  }
  return withApplied(volume.crop(start, end), operator, volume, { start, end });
}

/** Converts a box of the cropped image to a box of the whole image. */
export function boxBeforeCrop(box: Region, { start }: Region): Region {
  const shifted = (ends: readonly number[]) => ends.map((at, axis) => at + (start[axis] ?? 0));
  return { start: shifted(box.start), end: shifted(box.end) };
}
