import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { declareFunction, type FunctionContext } from "../../src/dataset/user-function.ts";
import { probabilitySchema } from "../../src/options.ts";
import { checkedFunction, type GivenFunction, lambdaShape, onValues } from "./lambda.ts";
import type { WithKeys } from "./record-types.ts";

/** Options of {@link randLambda} on bare items. */
export interface RandLambdaOptions<A> {
  /**
   * Makes a new value of the same type of an item; `context.random()` is its generator. It may write to the samples of a volume that
   * it is given: they are then its own.
   */
  readonly func: (value: A, context: FunctionContext) => A | PromiseLike<A>;
  /** Probability that an item is given to the function, all its fields or none. Default 1. */
  readonly prob?: number;
  /** Name in `explain()` and messages. Default: the function's own. */
  readonly name?: string;
}

/** Options of {@link randLambda} on fields. */
export interface RandLambdaFieldOptions<K extends string, A> extends RandLambdaOptions<A> {
  /** Names of the fields; the function is called for each in turn, every time with the same generator anew. */
  readonly keys: K | readonly K[];
}

/**
 * Calls a random function of your own on fields or bare items with probability `prob`. Take randomness from `context.random()`: it is
 * fixed by seed, epoch, item key and the operator's place, and the same for all fields of an item. Random: drawn is whether; a
 * cached prefix ends before it (MONAI: `RandLambda`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randLambda } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * scans.pipe(
 *   randLambda({ keys: "image", prob: 0.5, func: (image, { random }) => image.flip([random().integer(3)]) }),
 * );
 * ```
 */
export function randLambda<const K extends string, T extends WithKeys<K>>(
  options: RandLambdaFieldOptions<K, T[K]>,
): IndexedOperator<T, T>;
export function randLambda<const K extends string, A, T extends Readonly<Record<K, A>> = Readonly<Record<K, A>>>(
  options: RandLambdaFieldOptions<K, A>,
): IndexedOperator<T, T>;
export function randLambda<A>(options: RandLambdaOptions<A>): IndexedOperator<A, A>;
export function randLambda(options: GivenFunction & { readonly prob?: number }): IndexedOperator<never, unknown> {
  const { keys, func, prob, name } = checkedFunction("randLambda", schema, options);
  const identity = { version: 1, ...(name === undefined ? {} : { name }) };
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    ...declareFunction("randLambda", func, identity),
    kind: "random",
    options: { keys, prob },
    apply(item, context) {
      if (!context.random().chance(prob)) return item;
      context.drew({});
      // A generator of its own: that of the operator has just said whether, and would start again with the same number.
      const { key, index, signal } = context;
      const inside = context.inner(0);
      const told: FunctionContext = {
        key,
        index,
        signal,
        random: () => inside.random(),
        dependsOn: (file) => context.dependsOn(file),
      };
      return onValues(item, keys, (value) => func(value, told));
    },
  });
}

const schema = z.strictObject({ ...lambdaShape, prob: probabilitySchema.default(1) });
