import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, onScans } from "./items.ts";

/** Cases of operators/label. */
export const labelCases: Readonly<Record<string, OperatorCase>> = {
  activations: onScans(fitting(() => operators.activations({ keys: "label", softmax: true }))),
  asDiscrete: onScans(fitting(() => operators.asDiscrete({ keys: "label", threshold: 3 }))),
  distanceTransformEDT: onScans(fitting(() => operators.distanceTransformEDT({ keys: "label" }))),
  fillHoles: onScans(fitting(() => operators.fillHoles({ keys: "label" }))),
  keepLargestConnectedComponent: onScans(fitting(() => operators.keepLargestConnectedComponent({ keys: "label" }))),
  labelFilter: onScans(fitting(() => operators.labelFilter({ keys: "label", appliedLabels: [1, 2] }))),
  labelToContour: onScans(fitting(() => operators.labelToContour({ keys: "label" }))),
  labelToMask: onScans(fitting(() => operators.labelToMask({ keys: "label", selectLabels: [1, 2] }))),
  mapLabelValue: onScans(
    fitting(() => operators.mapLabelValue({ keys: "label", origLabels: [1, 2], targetLabels: [2, 1] })),
  ),
  removeSmallObjects: onScans(fitting(() => operators.removeSmallObjects({ keys: "label", minSize: 2 }))),
};
