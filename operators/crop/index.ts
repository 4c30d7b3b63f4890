export { type CenterSpatialCropOptions, centerSpatialCrop } from "./center-spatial-crop.ts";
export { type RandSpatialCropOptions, randSpatialCrop } from "./rand-spatial-crop.ts";
export { type SpatialCropOptions, spatialCrop } from "./spatial-crop.ts";
