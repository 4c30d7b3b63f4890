import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { centreRegion, type Region } from "../../src/volume/region.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { scaledSize, scaleSchema } from "./shared/scaled-size.ts";

/** Options of {@link centerScaleCrop}. */
export interface CenterScaleCropOptions {
  /** Share of each axis to keep, above 0: one number for all axes, or one per axis. */
  readonly roiScale: number | readonly number[];
}

/**
 * Cuts the middle out of images: a share of each axis, rounded up to an integer number of voxels. A view: the element
 * type stays, no sample is copied, and the affine follows. Deterministic (MONAI: `CenterScaleCrop`).
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
  geometric: true,
  options: { roiScale: scaleSchema },
  each: (volume, { roiScale }) => cropped(volume, middleOf(volume.spatialShape, roiScale), "centerScaleCrop"),
  region: (box, { options, input }) => boxBeforeCrop(box, middleOf(input.shape, options.roiScale)),
});

function middleOf(shape: readonly number[], scale: number | readonly number[]): Region {
  return centreRegion(scaledSize(scale, shape), shape);
}
