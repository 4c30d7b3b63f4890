import * as v from "valibot";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { integerSchema } from "../../src/options.ts";
import { findIndex, indexOf, positionIn } from "../../src/plan/stage.ts";

/** Options of {@link skip}. */
export interface SkipOptions {
  /** Number of items to leave out. */
  readonly count: number;
}

/**
 * Leaves out the first `count` items. In an indexed dataset these are not computed; a stream computes and drops them.
 * An indexed dataset stays indexed.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { skip } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(skip(2)).toArray(); // => [3]
 * ```
 */
export const skip = flowOperator<SkipOptions, FlowOperator<SkipOptions, number>>()({
  name: "skip",
  version: 1,
  passes: "indices",
  bare: "count",
  options: { count: v.pipe(integerSchema, v.minValue(0)) },
  index: {
    length: (length, { count }) => Math.max(0, length - count),
    at: (items, index, { count }) => items.at(index + count),
    positionOf: (items, index, { count }) => positionIn(items, index + count),
    indexAt(items, position, { count }) {
      const index = findIndex(items, position);
      return index === undefined || index < count ? undefined : index - count;
    },
  },
  stream: (input, { count }, { run, continues }) => {
    let left = continues ? 0 : count;
    const begin = async () => {
      if (input.stage.index) {
        const items = await indexOf(input.stage, run);
        const start = Math.min(left, items.length);
        left = 0;
        if (start > 0) input.reopen({ from: positionIn(items, start) });
      }
      while (left > 0) {
        left--;
        if (!(await input.next())) return undefined;
      }
      return input.next();
    };
    return { next: () => (left > 0 ? begin() : input.next()) };
  },
});
