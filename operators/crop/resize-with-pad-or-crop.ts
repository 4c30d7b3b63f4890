import { roiSizeSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Margins, marginsTo, padVolume } from "../../src/volume/pad-volume.ts";
import { centerRegion, type Region } from "../../src/volume/region.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforeCrop } from "./shared/cropped-region.ts";
import { boxBeforePadding, isPlainPadding, type PadOptions, padShape } from "./shared/margins.ts";

/** Options of {@link resizeWithPadOrCrop}. */
export interface ResizeWithPadOrCropOptions extends PadOptions {
  /** Size in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the axis. */
  readonly spatialSize: number | readonly (number | null)[];
}

/**
 * Brings images to a size without resampling: crops axes that are too long to their center, and pads axes that are too
 * short. The affine is updated, so voxels keep their world coordinates. The element type is as in {@link spatialPad}. A
 * view, unless voxels are added. Deterministic (MONAI: `ResizeWithPadOrCrop`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples; `VOXRX_SHAPE_MISMATCH` when `"reflect"` needs more
 * voxels than the image has
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
  retains: false,
  geometric: isPlainPadding,
  options: { spatialSize: roiSizeSchema, ...padShape },
  each: (volume, options) => {
    const { region, margins } = cropAndMargins(volume.spatialShape, options);
    const middle = volume.crop(region.start, region.end);
    const result = padVolume(middle, margins, options.mode, options.value);
    return withApplied(result, "resizeWithPadOrCrop", volume, { ...region, ...margins });
  },
  region: (box, { options, input }) => {
    const { region, margins, size } = cropAndMargins(input.shape, options);
    return boxBeforeCrop(boxBeforePadding(box, margins, options, size), region);
  },
});

interface TargetSize {
  readonly spatialSize: number | readonly number[];
  readonly method: "symmetric" | "end";
}

/** The region of an image to keep, the size of that region, and the voxels to add around it. */
function cropAndMargins(
  shape: readonly number[],
  { spatialSize, method }: TargetSize,
): { readonly region: Region; readonly size: readonly number[]; readonly margins: Margins } {
  const region = centerRegion(spatialSize, shape);
  const size = region.end.map((end, axis) => end - (region.start[axis] ?? 0));
  return { region, size, margins: marginsTo(size, spatialSize, method) };
}
