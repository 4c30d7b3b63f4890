import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, onScans } from "./items.ts";

/** Cases of operators/intensity. */
export const intensityCases: Readonly<Record<string, OperatorCase>> = {
  normalizeIntensity: onScans(fitting(() => operators.normalizeIntensity({ keys: "image" }))),
  thresholdIntensity: onScans(fitting(() => operators.thresholdIntensity({ keys: "image", threshold: 5 }))),
  scaleIntensity: onScans(fitting(() => operators.scaleIntensity({ keys: "image" }))),
  scaleIntensityRange: onScans(
    fitting(() => operators.scaleIntensityRange({ keys: "image", aMin: 0, aMax: 50, bMin: 0, bMax: 1, clip: true })),
  ),
};
