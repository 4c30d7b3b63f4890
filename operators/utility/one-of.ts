import { z } from "zod";
import type { IndexedOperator } from "../../src/operator/operator-types.ts";
import { checkOptions } from "../../src/options.ts";
import { branchesOf } from "./shared/branches.ts";
import { choiceOperator } from "./shared/choice-operator.ts";
import { drawWeighted, weightsSchema } from "./shared/weights.ts";

/** Options of {@link oneOf}. */
export interface OneOfOptions {
  /** How likely each operator is, in proportion to the others. Default: all alike. */
  readonly weights?: readonly number[];
}

/**
 * Applies one of several operators to each item, drawn again for every item and epoch. Takes operators from item to item, composed
 * ones too. Random: drawn is which, and what the chosen one draws; both travel on the item. A cached prefix ends before it; its
 * identity covers the options of those inside. Keeps an index (MONAI: `OneOf`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for an operator on streams in the list, such as `batch`
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
  const schema = z.strictObject({ weights: weightsSchema(branches.length).optional() });
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
