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
};
