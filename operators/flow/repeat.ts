import { z } from "zod";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { readPosition, withState } from "../../src/plan/position.ts";
import { badPosition, type Entry, findIndex, positionIn } from "../../src/plan/stage.ts";

/** Options of {@link repeat}. */
export interface RepeatOptions {
  /** Number of passes. */
  readonly count: number;
}

const pass = z.int().min(0);

/**
 * The whole dataset `count` times in one epoch. Items of the passes after the first have ids of their own (`ID~1`), so
 * that random operators *after* `repeat` draw something else for them, while what is before it gives the same items
 * again. Keeps an index. For epochs that differ all the way use `dataset.epochs(from, to)`.
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
  bare: "count",
  options: { count: z.int().min(0) },
  detail: ({ count }) => `${count} times`,
  index: {
    length: (length, { count }) => length * count,
    at: (items, index) =>
      whenReady(items.at(index % items.length), (entry) => ofPass(entry, Math.floor(index / items.length))),
    // The end of a pass is where the stream is after its last item, not the beginning of the next.
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
    const given = (entry: Entry<unknown>) => withState(ofPass(entry, n), n);
    const nextPass = async (): Promise<Entry<unknown> | undefined> => {
      await input.close();
      n++;
      input.reopen();
      return n < count ? next() : undefined;
    };
    const next = (): MaybePromise<Entry<unknown> | undefined> =>
      whenReady(input.next(), (entry) => (entry ? given(entry) : nextPass()));
    return { next: () => (n < count ? next() : undefined) };
  },
});

function ofPass(entry: Entry<unknown>, n: number): Entry<unknown> {
  return n === 0 ? entry : { ...entry, key: `${entry.key}~${n}` };
}
