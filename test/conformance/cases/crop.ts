import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, onScans } from "./items.ts";

/** Cases of operators/crop. */
export const cropCases: Readonly<Record<string, OperatorCase>> = {
  spatialCrop: onScans(fitting(() => operators.spatialCrop({ keys, roiStart: [0, 1, 0], roiEnd: [2, 3, 2] }))),
  centerSpatialCrop: onScans(fitting(() => operators.centerSpatialCrop({ keys, roiSize: [3, 3, 3] }))),
  randSpatialCrop: onScans(fitting(() => operators.randSpatialCrop({ keys, roiSize: [3, 2, 2] }))),
  spatialPad: onScans(fitting(() => operators.spatialPad({ keys, spatialSize: [8, 8, 8] }))),
  resizeWithPadOrCrop: onScans(fitting(() => operators.resizeWithPadOrCrop({ keys, spatialSize: [4, 8, 4] }))),
  cropForeground: onScans(fitting(() => operators.cropForeground({ keys, sourceKey: "image" }))),
  centerScaleCrop: onScans(fitting(() => operators.centerScaleCrop({ keys, roiScale: 0.5 }))),
  borderPad: onScans(fitting(() => operators.borderPad({ keys, spatialBorder: [1, 0, 2] }))),
  divisiblePad: onScans(fitting(() => operators.divisiblePad({ keys, k: 4 }))),
  randScaleCrop: onScans(fitting(() => operators.randScaleCrop({ keys, roiScale: 0.5, randomSize: true }))),
  randSpatialCropSamples: onScans(
    fitting(() => operators.randSpatialCropSamples({ keys, roiSize: [3, 2, 2], numSamples: 3 })),
  ),
  randCropByPosNegLabel: onScans(
    fitting(() => operators.randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 3, numSamples: 2 })),
  ),
  fgBgToIndices: onScans(fitting(() => operators.fgBgToIndices({ keys: "label" }))),
  randCropByLabelClasses: onScans(
    fitting(() =>
      operators.randCropByLabelClasses({ keys, labelKey: "label", spatialSize: 2, numClasses: 4, numSamples: 2 }),
    ),
  ),
  randWeightedCrop: onScans(
    fitting(() => operators.randWeightedCrop({ keys, wKey: "image", spatialSize: 2, numSamples: 2 })),
  ),
};
