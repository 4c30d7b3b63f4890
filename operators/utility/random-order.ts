import type { IndexedOperator } from "../../src/operator/operator-types.ts";
import { branchesOf } from "./shared/branches.ts";
import { choiceOperator } from "./shared/choice-operator.ts";

/**
 * Applies all of several operators to each item, in an order drawn again for every item and epoch; every order is as likely as any other. Takes
 * operators from item to item, composed ones too. Random: drawn are the order and what the operators draw; both travel on the item.
 * A cached prefix ends before it; its identity covers the options of those inside. Keeps an index (MONAI: `RandomOrder`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for an operator on streams in the list, such as `batch`
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
