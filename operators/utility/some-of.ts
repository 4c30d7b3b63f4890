import * as v from "valibot";
import { checkOptions, integerSchema } from "../../src/options.ts";
import type { IndexedOperator } from "../../src/plan/operator-types.ts";
import type { Random } from "../../src/random/random.ts";
import { branchesOf } from "./shared/branches.ts";
import { choiceOperator } from "./shared/choice-operator.ts";
import { drawWeighted, weightsSchema } from "./shared/weights.ts";

/** Options of {@link someOf}. */
export interface SomeOfOptions {
  /**
   * Number of operators to apply: a number, or a minimum and a maximum between which one is drawn. Default: all of
   * them.
   */
  readonly numTransforms?: number | readonly [min: number, max: number];
  /** Whether an operator can be applied more than once. Default false. */
  readonly replace?: boolean;
  /** Weights of the operators, in proportion to which they are drawn. Default: equal. */
  readonly weights?: readonly number[];
}

/**
 * Applies some of several operators to each item, in the order in which they are drawn, one after the other from those
 * that are left (with `replace` from all). Accepts operators that turn one item into one item, composed ones too.
 * Random: the number of operators is drawn, then which ones, and then what they draw; all of it is recorded with the
 * item. A cached prefix ends before it; its identity covers the options of the operators inside. An indexed dataset
 * stays indexed (MONAI: `SomeOf`, which silently lowers a number above that of the operators).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a stream operator in the list, such as `batch`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { flip, rotate90, scaleIntensity, someOf } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(someOf([flip({}), rotate90({}), scaleIntensity({})], { numTransforms: [1, 2] }));
 * ```
 */
export function someOf<T>(
  operators: readonly IndexedOperator<T, T>[],
  options: SomeOfOptions = {},
): IndexedOperator<T, T> {
  const branches = branchesOf("someOf", operators);
  const { numTransforms, ...checked } = checkOptions("someOf", schemaFor(branches.length), options);
  const { replace } = checked;
  const weights = checked.weights ?? branches.map(() => 1);
  const [min, max] = typeof numTransforms === "number" ? [numTransforms, numTransforms] : numTransforms;
  return choiceOperator<T>({
    name: "someOf",
    version: 1,
    options: { numTransforms: [min, max], ...checked },
    branches,
    draw: (random) => drawSome(random, weights, min + random.integer(max - min + 1), replace),
  });
}

function schemaFor(count: number) {
  const number = v.pipe(integerSchema, v.minValue(0));
  return v.pipe(
    v.strictObject({
      numTransforms: v.optional(v.union([number, v.strictTuple([number, number])]), count),
      replace: v.optional(v.boolean(), false),
      weights: v.optional(weightsSchema(count)),
    }),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const { numTransforms, replace, weights } = dataset.value;
      const [min, max] = typeof numTransforms === "number" ? [numTransforms, numTransforms] : numTransforms;
      const wrong = (message: string) =>
        addIssue({
          message,
          path: [{ type: "object", origin: "value", input: dataset.value, key: "numTransforms", value: numTransforms }],
        });
      const drawable = weights?.filter((weight) => weight > 0).length ?? count;
      if (min > max) wrong(`at least ${min} is more than at most ${max}`);
      if (!replace && max > drawable) wrong(`${max} operators cannot be drawn from ${drawable} without replace`);
      if (max > 1000) wrong("more than 1000 operators for one item");
    }),
  );
}

function drawSome(random: Random, weights: readonly number[], count: number, replace: boolean): readonly number[] {
  const left = [...weights];
  return Array.from({ length: count }, () => {
    const drawn = drawWeighted(random, left);
    if (!replace) left[drawn] = 0;
    return drawn;
  });
}
