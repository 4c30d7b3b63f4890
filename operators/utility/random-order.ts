import type { IndexedOperator } from "../../src/plan/operator-types.ts";
import { branchesOf } from "./shared/branches.ts";
import { choiceOperator } from "./shared/choice-operator.ts";

/**
 * Applies all of several operators to each item, in an order drawn again for every item and epoch; all orders are
 * equally likely. Accepts operators that turn one item into one item, composed ones too. Random: the order is drawn,
 * and then what the operators draw; both are recorded with the item. A cached prefix ends before it; its identity
 * covers the options of the operators inside. An indexed dataset stays indexed (MONAI: `RandomOrder`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a stream operator in the list, such as `batch`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { flip, randomOrder, rotate90 } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(randomOrder([flip({}), rotate90({})]));
 * ```
 */
export function randomOrder<T>(operators: readonly IndexedOperator<T, T>[]): IndexedOperator<T, T> {
  const branches = branchesOf("randomOrder", operators);
  const positions = branches.map((_, n) => n);
  return choiceOperator<T>({
    name: "randomOrder",
    version: 1,
    options: {},
    branches,
    draw: (random) => random.shuffle(positions),
  });
}
