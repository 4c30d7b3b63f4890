export { type CenterSpatialCropOptions, centerSpatialCrop } from "./center-spatial-crop.ts";
export { type CropForegroundOptions, cropForeground } from "./crop-foreground.ts";
export { type RandSpatialCropOptions, randSpatialCrop } from "./rand-spatial-crop.ts";
export { type ResizeWithPadOrCropOptions, resizeWithPadOrCrop } from "./resize-with-pad-or-crop.ts";
export { type SpatialCropOptions, spatialCrop } from "./spatial-crop.ts";
export { type PadOptions, type SpatialPadOptions, spatialPad } from "./spatial-pad.ts";
