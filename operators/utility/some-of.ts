import { z } from "zod";
import type { IndexedOperator } from "../../src/operator/operator-types.ts";
import { checkOptions } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { branchesOf } from "./shared/branches.ts";
import { choiceOperator } from "./shared/choice-operator.ts";
import { drawWeighted, weightsSchema } from "./shared/weights.ts";

/** Options of {@link someOf}. */
export interface SomeOfOptions {
  /** How many operators are applied: a number, or the least and the most, of which one is drawn. Default: all of them. */
  readonly numTransforms?: number | readonly [min: number, max: number];
  /** Whether an operator may be applied more than once. Default false. */
  readonly replace?: boolean;
  /** How likely each operator is, in proportion to the others. Default: all alike. */
  readonly weights?: readonly number[];
}

/**
 * Applies some of several operators to each item, in the order in which they are drawn, one after the other from those that are left
 * (with `replace` from all). Takes operators from item to item, composed ones too. Random: drawn are how many and which, and what the
 * chosen ones draw; all of it travels on the item. A cached prefix ends before it; its identity covers the options of those inside.
 * Keeps an index (MONAI: `SomeOf`, which silently lowers a number above that of the operators).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for an operator on streams in the list, such as `batch`
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
  const number = z.int().min(0);
  return z
    .strictObject({
      numTransforms: z.union([number, z.tuple([number, number])]).default(count),
      replace: z.boolean().default(false),
      weights: weightsSchema(count).optional(),
    })
    .superRefine(({ numTransforms, replace, weights }, context) => {
      const [min, max] = typeof numTransforms === "number" ? [numTransforms, numTransforms] : numTransforms;
      const wrong = (message: string) => context.addIssue({ code: "custom", path: ["numTransforms"], message });
      const drawable = weights?.filter((weight) => weight > 0).length ?? count;
      if (min > max) wrong(`at least ${min} is more than at most ${max}`);
      if (!replace && max > drawable) wrong(`${max} operators cannot be drawn from ${drawable} without replace`);
      if (max > 1000) wrong("more than 1000 operators for one item");
    });
}

function drawSome(random: Random, weights: readonly number[], count: number, replace: boolean): readonly number[] {
  const left = [...weights];
  return Array.from({ length: count }, () => {
    const drawn = drawWeighted(random, left);
    if (!replace) left[drawn] = 0;
    return drawn;
  });
}
