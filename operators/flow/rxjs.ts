import type { OperatorFunction } from "rxjs";
import { z } from "zod";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Operator } from "../../src/operator/operator-types.ts";
import { checkOptions } from "../../src/options.ts";
import { BridgeStage } from "../../src/rxjs/bridge-stage.ts";

/** Options of {@link rxjs}. */
export interface RxjsOptions {
  /**
   * Items that the operator may be given before it has answered. Default 1: it is fed when it rests. `Infinity`: as
   * many as it takes to get an answer.
   */
  readonly ahead?: number;
  /** Name in `explain()` and messages. Default: the function's own name. */
  readonly name?: string;
}

/**
 * Runs an operator of RxJS under demand, with more items ahead than the one that `Dataset.pipe` gives it: for work that
 * overlaps (`mergeMap`), and for operators that hold inner streams open until later items come (`groupBy` with
 * `mergeMap`).
 *
 * The operator is applied once per run. It is fed when the consumer waits, nothing that it emitted is queued, and it is
 * not visibly working or fewer than `ahead` items are unanswered; an output answers one item. Opaque to a cache, and
 * the dataset after it is a stream, which continues by running again from the beginning. An output that is one of the
 * items that went in keeps its id.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_STALLED` when the operator waits and nothing in the process is left that could answer
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

const schema = z.strictObject({
  ahead: z.union([z.int().min(1), z.literal(Number.POSITIVE_INFINITY)]).default(1),
  name: z.string().min(1).optional(),
});
