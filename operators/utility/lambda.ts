import type { Observable, OperatorFunction } from "rxjs";
import * as v from "valibot";
import type { KeysOf, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import { checkedBy, declared } from "../../src/operator/declared-factory.ts";
import type { Late } from "../../src/operator/field-types.ts";
import { onFields } from "../../src/operator/fields.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { declareFunction, type FunctionContext, type FunctionOptions } from "../../src/plan/user-function.ts";
import { type FunctionOfFields, functionShape, type ValueOf } from "./shared/function-of-fields.ts";
import { writableValue } from "./shared/writable-value.ts";

/**
 * Options of {@link lambda}. `A` is the type of the fields `K`, `B` that of the results, `O` that of the function's own
 * options.
 */
export interface LambdaOptions<K extends string, A, B, O> extends FunctionOptions<O> {
  /** Names of the fields; the function is called for each in turn. Leave out for a dataset of bare values. */
  readonly keys?: OneOrMore<K>;
  /** Returns a new value for one. It can write to the samples of a volume that it receives: they are its own copy. */
  readonly func: (value: A, context: FunctionContext<O>) => B | PromiseLike<B>;
}

/** An item `T` with fields `K` of type `B`. */
export type Changed<T, K extends string, B> = [K] extends [never] ? B : { [F in keyof T]: F extends K ? B : T[F] };

/**
 * The factory of {@link lambda}: in a pipe the keys are checked against the items, and the function receives the types
 * of the fields.
 */
export type Lambda = Late &
  (<T = unknown, const K extends KeysOf<T> = never, A = unknown, B = unknown, const O = undefined>(
    options: LambdaOptions<K, ValueOf<T, K, A>, B, O>,
  ) => unknown extends T
    ? [K] extends [never]
      ? Operator<A, B, true>
      : <U extends RecordWith<K, A>>(source: Observable<U>) => Piped<Changed<U, K, B>, true>
    : Operator<T, Changed<T, K, B>, true>);

const schema = v.strictObject(functionShape);

/**
 * Calls your own function on fields, whatever they hold, or on bare items, and replaces them with its results; a
 * promise is awaited. VoxRx can't know what the function does, so a cached prefix ends before it, unless `version`
 * declares it as deterministic. Then its name, version, options and source text are its identity, and anything else
 * that it depends on has to be in `options` (MONAI: `Lambda`, which always counts as deterministic).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_TRANSFORM_FAILED` with what the function threw as its cause;
 * `VOXRX_NOT_DETERMINISTIC` when a function with a version uses a random number or the item's id
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { lambda } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; age: number }>;
 * scans.pipe(
 *   lambda({
 *     keys: "image",
 *     func: (image, { options }) => image.flip(options.axes),
 *     version: 1,
 *     options: { axes: [0] },
 *   }),
 *   lambda({ keys: "age", func: (years) => years / 100 }),
 * );
 * ```
 */
export const lambda = declared<Lambda>(makeLambda, {
  name: "lambda",
  version: 1,
  works: "items",
  random: false,
  geometric: false,
  schema,
  make: makeLambda,
});

function makeLambda(given: unknown): OperatorFunction<never, unknown> {
  const { keys, func, ...named } = checkedBy<FunctionOfFields>("lambda", schema, given);
  return makeOperator([
    declareFunction({
      operator: "lambda",
      fn: func,
      named,
      identity: { keys },
      apply: (item, context) => onFields(item, { keys }, (value) => func(writableValue(value), context)),
    }),
  ]);
}
