import { numberSchema } from "../../src/options.ts";
import { centerRegion, type Region } from "../../src/volume/region.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { positiveOrOne } from "./shared/positive-or-one.ts";
import { scaledSize } from "./shared/scaled-size.ts";

/** Options of {@link centerScaleCrop}. */
export interface CenterScaleCropOptions {
  /** Share of each axis to keep: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. */
  readonly roiScale: number | readonly (number | null)[];
}

/**
 * Crops images to their center: a share of each axis, rounded up to an integer number of voxels. A view: no sample is
 * copied, the element type stays the same, and the affine is updated. Deterministic (MONAI: `CenterScaleCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { centerScaleCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(centerScaleCrop({ roiScale: [0.5, 0.5, 1] }));
 * ```
 */
export const centerScaleCrop = volumeOperator<CenterScaleCropOptions>()({
  name: "centerScaleCrop",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: { roiScale: positiveOrOne(numberSchema) },
  each: (volume, { roiScale }) => cropped(volume, centralRegion(volume.spatialShape, roiScale), "centerScaleCrop"),
  region: (box, { options, input }) => boxBeforeCrop(box, centralRegion(input.shape, options.roiScale)),
});

function centralRegion(shape: readonly number[], scale: number | readonly number[]): Region {
  return centerRegion(scaledSize(scale, shape), shape);
}
