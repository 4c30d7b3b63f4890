import type { OperatorFunction } from "rxjs";
import * as v from "valibot";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions, integerSchema, nonEmptySchema } from "../../src/options.ts";
import type { Operator } from "../../src/plan/operator-types.ts";
import { BridgeStage } from "../../src/rxjs/bridge-stage.ts";

/** Options of {@link rxjs}. */
export interface RxjsOptions {
  /**
   * Items that the operator can receive before it has emitted for them. Default 1: it receives one when it is idle.
   * `Infinity`: as many as it takes to get an output.
   */
  readonly ahead?: number;
  /** Name in `explain()` and messages. Default: the function's own name. */
  readonly name?: string;
}

/**
 * Runs an RxJS operator on demand, with more items ahead than the single one that `Dataset.pipe` passes to it: for work
 * that overlaps (`mergeMap`), and for operators that hold inner streams open until later items come (`groupBy` with
 * `mergeMap`).
 *
 * The operator is applied once per run. It receives an item when the consumer waits, no output is queued, and the
 * operator is not visibly working or fewer than `ahead` items are unanswered; each output answers one item. It is
 * opaque to a cache. The resulting dataset is a stream, which continues by running again from the beginning. An output
 * that is one of the input items keeps its id.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_STALLED` when the operator waits for more input and nothing left in the process can make
 * it emit
 * @example
 * ```ts
 * import { groupBy, mergeMap, toArray } from "rxjs";
 * import { Dataset } from "voxrx";
 * import { rxjs } from "voxrx/operators";
 * const byParity = Dataset.from([1, 2, 3, 4]).pipe(
 *   rxjs((numbers) => numbers.pipe(groupBy((n) => n % 2), mergeMap((group) => group.pipe(toArray()))), { ahead: 8 }),
 * );
 * await byParity.toArray(); // => [[1, 3], [2, 4]]
 * ```
 */
export function rxjs<A, B>(operator: OperatorFunction<A, B>, options: RxjsOptions = {}): Operator<A, B, false> {
  const { ahead, name } = checkOptions("rxjs", schema, options);
  return makeOperator<Operator<A, B, false>>(
    (input) => new BridgeStage(input, operator, name === undefined ? { ahead } : { ahead, name }),
  );
}

const schema = v.strictObject({
  ahead: v.optional(v.union([v.pipe(integerSchema, v.minValue(1)), v.literal(Number.POSITIVE_INFINITY)]), 1),
  name: v.optional(nonEmptySchema),
});
