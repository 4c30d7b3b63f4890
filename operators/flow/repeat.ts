import * as v from "valibot";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { integerSchema } from "../../src/options.ts";
import { readPosition, withState } from "../../src/plan/position.ts";
import { badPosition, type Entry, findIndex, positionIn } from "../../src/plan/stage.ts";

/** Options of {@link repeat}. */
export interface RepeatOptions {
  /** Number of passes. */
  readonly count: number;
}

const pass = v.pipe(integerSchema, v.minValue(0));

/**
 * Repeats the whole dataset `count` times in one epoch. In the passes after the first, items have another id (`ID~1`),
 * so that random operators *after* `repeat` draw other values for them, while the operators before it yield the same
 * items again. An indexed dataset stays indexed. For passes that differ in all operators use
 * `dataset.epochs(from, to)`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { repeat } from "voxrx/operators";
 * await Dataset.from([1, 2]).pipe(repeat(2)).toArray(); // => [1, 2, 1, 2]
 * ```
 */
export const repeat = flowOperator<RepeatOptions, FlowOperator<RepeatOptions, number>>()({
  name: "repeat",
  version: 1,
  passes: "repeats",
  bare: "count",
  options: { count: v.pipe(integerSchema, v.minValue(0)) },
  detail: ({ count }) => `${count} times`,
  index: {
    length: (length, { count }) => length * count,
    at: (items, index) =>
      whenReady(items.at(index % items.length), (entry) => ofPass(entry, Math.floor(index / items.length))),
    // After the last item of a pass the stream is at the end of that pass, not at the start of the next.
    positionOf(items, index) {
      const n = Math.ceil(index / items.length) - 1;
      return [positionIn(items, index - n * items.length), n];
    },
    indexAt(items, position) {
      const { base, state: n = 0 } = readPosition(position, pass, "repeat");
      const index = base === undefined ? 0 : findIndex(items, base);
      return index === undefined ? undefined : index + n * items.length;
    },
  },
  state: pass,
  stream: (input, { count }, { state = 0 }) => {
    if (state > 0 && state >= count) throw badPosition(state, "repeat");
    let n = state;
    const nextPass = async (): Promise<Entry<unknown> | undefined> => {
      await input.close();
      n++;
      input.reopen();
      return n < count ? next() : undefined;
    };
    const next = (): MaybePromise<Entry<unknown> | undefined> =>
      whenReady(input.next(), (entry) => (entry ? withState(ofPass(entry, n), n) : nextPass()));
    return { next: () => (n < count ? next() : undefined) };
  },
});

function ofPass(entry: Entry<unknown>, n: number): Entry<unknown> {
  return n === 0 ? entry : { ...entry, id: `${entry.id}~${n}` };
}
