import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, onScans } from "./items.ts";

/** Cases of operators/metric. */
export const metricCases: Readonly<Record<string, OperatorCase>> = {
  dice: onScans(fitting(() => operators.dice({ predKey: "image", numClasses: 4 }))),
  hausdorff95: onScans(fitting(() => operators.hausdorff95({ predKey: "image", numClasses: 4 }))),
};
