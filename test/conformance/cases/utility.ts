import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, onNumbers } from "./items.ts";

/** Cases of operators/utility. */
export const utilityCases: Readonly<Record<string, OperatorCase>> = {
  compose: onNumbers(
    fitting(() =>
      operators.compose(
        operators.map((n: number) => n + 1),
        operators.take(3),
      ),
    ),
  ),
};
