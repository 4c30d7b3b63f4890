import * as v from "valibot";
import type { MaybePromise } from "../../src/async/maybe-promise.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import type { Upstream } from "../../src/operator/upstream.ts";
import { integerSchema } from "../../src/options.ts";
import type { Entry } from "../../src/plan/stage.ts";

/** Options of {@link take}. */
export interface TakeOptions {
  /** Number of items to keep. */
  readonly count: number;
}

/**
 * Keeps the first `count` items. The source is closed as soon as it has yielded them, and is not opened for 0. Of an
 * indexed dataset these are the items 0 to `count - 1`, even if one of them fails. An indexed dataset stays indexed.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { take } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(take(2)).toArray(); // => [1, 2]
 * ```
 */
export const take = flowOperator<TakeOptions, FlowOperator<TakeOptions, number>>()({
  name: "take",
  version: 1,
  passes: "indices",
  bare: "count",
  options: { count: v.pipe(integerSchema, v.minValue(0)) },
  counts: true,
  index: { length: (length, { count }) => Math.min(length, count), at: (items, index) => items.at(index) },
  stream: (input, { count }, start) => ({
    next() {
      if (start.given >= count) return undefined;
      const entry = input.next();
      // The source is closed before the last item is returned.
      return start.given + 1 < count ? entry : closedAfter(input, entry);
    },
  }),
});

async function closedAfter(input: Upstream, entry: MaybePromise<Entry<unknown> | undefined>) {
  const last = await entry;
  await input.close();
  return last;
}
