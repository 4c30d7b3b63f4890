import type { Observable, OperatorFunction } from "rxjs";
import * as v from "valibot";
import type { KeysOf, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import { checkedBy, declared } from "../../src/operator/declared-factory.ts";
import type { Late } from "../../src/operator/field-types.ts";
import { onFields } from "../../src/operator/fields.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { probabilitySchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import {
  declareFunction,
  type FunctionContext,
  type FunctionOptions,
  withOptions,
} from "../../src/plan/user-function.ts";
import { type FunctionOfFields, functionShape, type ValueOf } from "./shared/function-of-fields.ts";
import { writableValue } from "./shared/writable-value.ts";

/** Options of {@link randLambda}. `A` is the type of the fields `K`, `O` that of the function's own options. */
export interface RandLambdaOptions<K extends string, A, O> extends FunctionOptions<O> {
  /**
   * Names of the fields; the function is called for each in turn, with the same random numbers. Leave out for a dataset
   * of bare values.
   */
  readonly keys?: OneOrMore<K>;
  /**
   * Returns a new value of the same type for one; `context.random()` is its generator. It can write to the samples of a
   * volume that it receives: they are its own copy.
   */
  readonly func: (value: A, context: FunctionContext<O>) => A | PromiseLike<A>;
  /** Probability that the function is called for an item, for all its fields or none. Default 1. */
  readonly prob?: number;
}

/**
 * The factory of {@link randLambda}: in a pipe the keys are checked against the items, and the function receives the
 * types of the fields.
 */
export type RandLambda = Late &
  (<T = unknown, const K extends KeysOf<T> = never, A = unknown, const O = undefined>(
    options: RandLambdaOptions<K, ValueOf<T, K, A>, O>,
  ) => unknown extends T
    ? [K] extends [never]
      ? Operator<A, A, true>
      : <U extends RecordWith<K, A>>(source: Observable<U>) => Piped<U, true>
    : Operator<T, T, true>);

const schema = v.strictObject({ ...functionShape, prob: v.optional(probabilitySchema, 1) });

/**
 * Calls your own random function on fields or bare items, with probability `prob`. Take random numbers from
 * `context.random()`, which is fixed by seed, epoch, item id and the operator's position, and is the same for all
 * fields of an item. Random: whether to call the function is drawn. A cached prefix ends before it (MONAI:
 * `RandLambda`).
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
        // A separate generator: the operator's own would start again with the number that was just drawn.
        const context = withOptions(outer.inner(0), options);
        return onFields(item, { keys }, (value) => func(writableValue(value), context));
      },
    }),
  ]);
}
