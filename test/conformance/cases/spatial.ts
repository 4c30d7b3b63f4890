import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, onScans } from "./items.ts";

/** Cases of operators/spatial. */
export const spatialCases: Readonly<Record<string, OperatorCase>> = {
  orientation: onScans(fitting(() => operators.orientation({ keys, axcodes: "ASL" }))),
  spacing: onScans(fitting(() => operators.spacing({ keys, pixdim: [2, 1, 0.5], mode: ["bilinear", "nearest"] }))),
  flip: onScans(fitting(() => operators.flip({ keys, spatialAxis: 1 }))),
  randFlip: onScans(fitting(() => operators.randFlip({ keys, prob: 0.5, spatialAxis: 0 }))),
  rotate90: onScans(fitting(() => operators.rotate90({ keys }))),
  randRotate90: onScans(fitting(() => operators.randRotate90({ keys, prob: 0.5 }))),
  randAxisFlip: onScans(fitting(() => operators.randAxisFlip({ keys, prob: 0.5 }))),
};
