export { type ActivationsOptions, activations } from "./activations.ts";
export { type AsDiscreteOptions, asDiscrete } from "./as-discrete.ts";
export { type DistanceTransformEDTOptions, distanceTransformEDT } from "./distance-transform-edt.ts";
export { type FillHolesOptions, fillHoles } from "./fill-holes.ts";
export {
  type KeepLargestConnectedComponentOptions,
  keepLargestConnectedComponent,
} from "./keep-largest-connected-component.ts";
export { type LabelFilterOptions, labelFilter } from "./label-filter.ts";
export { type LabelToContourOptions, labelToContour } from "./label-to-contour.ts";
export { type LabelToMaskOptions, labelToMask } from "./label-to-mask.ts";
export { type MapLabelValueOptions, mapLabelValue } from "./map-label-value.ts";
export { type RemoveSmallObjectsOptions, removeSmallObjects } from "./remove-small-objects.ts";
