import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, onScans } from "./items.ts";

/** Cases of operators/patch. */
export const patchCases: Readonly<Record<string, OperatorCase>> = {
  gridPatch: onScans(
    fitting(() => operators.gridPatch({ keys, patchSize: 2 })),
    false,
  ),
  slidingWindow: onScans(
    fitting(() => operators.slidingWindow({ keys, roiSize: 3 })),
    false,
  ),
  stitch: onScans(
    fitting(() => operators.compose(operators.slidingWindow({ keys, roiSize: 3 }), operators.stitch({ keys }))),
    false,
  ),
};
