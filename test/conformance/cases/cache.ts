import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, numbers, onScans } from "./items.ts";

/** Cases of operators/cache. */
export const cacheCases: Readonly<Record<string, OperatorCase>> = {
  cacheUntilRandom: onScans(
    fitting(() => operators.compose(operators.orientation({ keys, axcodes: "LPS" }), operators.cacheUntilRandom())),
  ),
  smartReplace: { items: numbers, make: fitting(() => operators.smartReplace({ cacheNum: 3 })), keepsIndex: true },
};
