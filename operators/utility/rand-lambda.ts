import type { Observable, OperatorFunction } from "rxjs";
import { z } from "zod";
import { checkedBy, declared } from "../../src/operator/declared-factory.ts";
import type { KeysOf, Late, OneOrMore, RecordWith } from "../../src/operator/field-types.ts";
import { onFields } from "../../src/operator/fields.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { probabilitySchema } from "../../src/options.ts";
import {
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  withOptions,
} from "../../src/plan/user-function.ts";
import { type FunctionOfFields, functionShape, type ValueOf } from "./shared/function-of-fields.ts";
import { handedOver } from "./shared/handed-over.ts";

/** Options of {@link randLambda}. `A` is what the fields `K` hold, `O` the function's own options. */
export interface RandLambdaOptions<K extends string, A, O> extends FunctionOptions<O> {
  /** Names of the fields; the function is called for each in turn, with the same random numbers. Leave out for a dataset of bare values. */
  readonly keys?: OneOrMore<K>;
  /**
   * Makes a new value of the same type of one; `context.random()` is its generator. It may write to the samples of a volume that it is
   * given: they are then its own.
   */
  readonly func: (value: A, context: FunctionContext<O>) => A | PromiseLike<A>;
  /** Probability that an item is given to the function, all its fields or none. Default 1. */
  readonly prob?: number;
}

/** The factory of {@link randLambda}: in a pipe the keys are checked against the items, and the function gets what the fields hold. */
export type RandLambda = Late &
  (<T = unknown, const K extends KeysOf<T> = never, A = unknown, const O = undefined>(
    options: RandLambdaOptions<K, ValueOf<T, K, A>, O>,
  ) => unknown extends T
    ? [K] extends [never]
      ? Operator<A, A, true>
      : <U extends RecordWith<K, A>>(source: Observable<U>) => Piped<U, true>
    : Operator<T, T, true>);

const schema = z.strictObject({ ...functionShape, prob: probabilitySchema.default(1) });

/**
 * Calls a random function of your own on fields or bare items with probability `prob`. Take randomness from `context.random()`: it is
 * fixed by seed, epoch, item id and the operator's place, and the same for all fields of an item. Random: drawn is whether; a
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
export const randLambda = declared<RandLambda>(makeRandLambda, {
  name: "randLambda",
  version: 1,
  works: "items",
  random: true,
  geometric: false,
  schema,
  make: makeRandLambda,
});

function makeRandLambda(given: unknown): OperatorFunction<never, unknown> {
  const { keys, func, prob, ...named } = checkedBy<FunctionOfFields & { readonly prob: number }>(
    "randLambda",
    schema,
    given,
  );
  return makeOperator([
    declareFunction({
      operator: "randLambda",
      fn: func,
      named,
      kind: "random",
      identity: { keys, prob },
      apply: (item, { options }, outer) => {
        if (!outer.random().chance(prob)) return item;
        outer.drew({});
        // A generator of its own: that of the operator has just said whether, and would start again with the same number.
        const context = withOptions(outer.inner(0), options);
        return onFields(item, { keys }, (value) => func(handedOver(value), context));
      },
    }),
  ]);
}
