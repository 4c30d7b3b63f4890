import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { roiSizeSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Margins, padVolume } from "../../src/volume/pad-volume.ts";
import { centreRegion, type Region } from "../../src/volume/region.ts";
import { boxBeforeCrop } from "./shared/cropped-region.ts";
import { boxBeforePadding, isPlainPadding, marginsTo, type PadOptions, padShape } from "./shared/margins.ts";

/** Options of {@link resizeWithPadOrCrop}. */
export interface ResizeWithPadOrCropOptions extends PadOptions {
  /** Size in voxels: one number for all axes, or one per axis; -1 keeps an axis. */
  readonly spatialSize: number | readonly number[];
}

/**
 * Brings images to a size without resampling: keeps the middle of axes that are longer, adds voxels around those that
 * are shorter. The affine follows, so that no voxel moves in the world; the element type is as in {@link spatialPad}. A
 * view where nothing is added. Deterministic (MONAI: `ResizeWithPadOrCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { resizeWithPadOrCrop } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(resizeWithPadOrCrop({ spatialSize: [160, 160, 96] }));
 * ```
 */
export const resizeWithPadOrCrop = volumeOperator<ResizeWithPadOrCropOptions>()({
  name: "resizeWithPadOrCrop",
  version: 2,
  geometric: isPlainPadding,
  options: { spatialSize: roiSizeSchema, ...padShape },
  each: (volume, options) => {
    const { region, margins } = cutAndAdded(volume.spatialShape, options);
    const middle = volume.crop(region.start, region.end);
    const result = padVolume(middle, margins, options.mode, options.value);
    return withApplied(result, "resizeWithPadOrCrop", volume, { ...region, ...margins });
  },
  region: (box, { options, input }) => {
    const { region, margins, size } = cutAndAdded(input.shape, options);
    return boxBeforeCrop(boxBeforePadding(box, margins, options, size), region);
  },
});

interface Asked {
  readonly spatialSize: number | readonly number[];
  readonly method: "symmetric" | "end";
}

/** The region that is kept of an image, its size, and what is added around it. */
function cutAndAdded(
  shape: readonly number[],
  { spatialSize, method }: Asked,
): { readonly region: Region; readonly size: readonly number[]; readonly margins: Margins } {
  const region = centreRegion(spatialSize, shape);
  const size = region.end.map((end, axis) => end - (region.start[axis] ?? 0));
  return { region, size, margins: marginsTo(size, spatialSize, method) };
}
