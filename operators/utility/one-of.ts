import * as v from "valibot";
import { checkOptions } from "../../src/options.ts";
import type { IndexedOperator } from "../../src/plan/operator-types.ts";
import { branchesOf } from "./shared/branches.ts";
import { choiceOperator } from "./shared/choice-operator.ts";
import { drawWeighted, weightsSchema } from "./shared/weights.ts";

/** Options of {@link oneOf}. */
export interface OneOfOptions {
  /** Weights of the operators, in proportion to which they are drawn. Default: equal. */
  readonly weights?: readonly number[];
}

/**
 * Applies one of several operators to each item, drawn again for every item and epoch. Accepts operators that turn one
 * item into one item, composed ones too. Random: which operator is drawn, and then its own draws; both are recorded
 * with the item. A cached prefix ends before it; its identity covers the options of the operators inside. An indexed
 * dataset stays indexed (MONAI: `OneOf`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a stream operator in the list, such as `batch`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { flip, oneOf, rotate90 } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * scans.pipe(oneOf([flip({ keys: "image" }), rotate90({ keys: "image" })], { weights: [3, 1] }));
 * ```
 */
export function oneOf<T>(
  operators: readonly IndexedOperator<T, T>[],
  options: OneOfOptions = {},
): IndexedOperator<T, T> {
  const branches = branchesOf("oneOf", operators);
  const schema = v.strictObject({ weights: v.optional(weightsSchema(branches.length)) });
  const checked = checkOptions("oneOf", schema, options);
  const weights = checked.weights ?? branches.map(() => 1);
  return choiceOperator<T>({
    name: "oneOf",
    version: 1,
    options: checked,
    branches,
    draw: (random) => [drawWeighted(random, weights)],
  });
}
