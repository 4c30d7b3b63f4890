import type { Observable } from "rxjs";
import * as v from "valibot";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { Dataset, type IndexedDataset } from "../../src/dataset.ts";
import { OptionError } from "../../src/errors.ts";
import { integerSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { runBeforePrefix } from "../../src/plan/inspection.ts";
import { readPosition } from "../../src/plan/position.ts";
import {
  badPosition,
  type Cursor,
  type Entry,
  findIndex,
  type IndexView,
  indexOf,
  type OpenCursor,
  open,
  type Position,
  positionIn,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";

/**
 * Concatenates datasets: all items of the first, then those of the second, and so on. Ids get the number of the dataset
 * as a prefix (`1:ID`), so ids of different datasets don't clash. Indexed if all datasets are. The seed is that of the
 * first dataset.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` when no dataset is given
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { concat } from "voxrx/operators";
 * await concat(Dataset.from([1, 2]), Dataset.from([3])).toArray(); // => [1, 2, 3]
 * ```
 */
export function concat<T>(...datasets: readonly IndexedDataset<T>[]): IndexedDataset<T>;
export function concat<T>(...datasets: readonly Observable<T>[]): Dataset<T>;
export function concat(...datasets: readonly Observable<unknown>[]): Dataset<unknown> {
  const [first, ...others] = datasets.map((source) => Dataset.from(source).stage);
  if (!first)
    throw new OptionError("VOXRX_BAD_OPTION", "expected at least one dataset, got none", { operator: "concat" });
  const inputs = [first, ...others] as const;
  const stage = declareStage({
    inputs,
    text: { name: "concat", detail: `${inputs.length} datasets` },
    identity: { name: "concat", version: 1 },
    passage: { keepsItems: true },
    index: {
      length: (...lengths) => lengths.reduce((sum, length) => sum + length, 0),
      view: (views, run) =>
        run.inspection?.only ? whenReady(soughtIn(inputs, run), (sought) => joined(sought)) : joined(views),
    },
    start: (run, from) => oneByOne(inputs, run, from),
  });
  return Dataset.ofStage(stage);
}

/** Number of datasets that have ended. */
const endedCount = v.pipe(integerSchema, v.minValue(0));

function oneByOne(inputs: readonly Stage<unknown>[], run: Run, from: Position | undefined): Cursor<unknown> {
  const { base, state = 0 } = readPosition(from, endedCount, "concat");
  if (state >= inputs.length) throw badPosition(from, "concat");
  let n = state;
  let begin = base;
  let current: OpenCursor<unknown> | undefined;
  const nextInput = async (): Promise<Entry<unknown> | undefined> => {
    await current?.close();
    current = undefined;
    begin = undefined;
    n++;
    return next();
  };
  const next = (): MaybePromise<Entry<unknown> | undefined> => {
    const input = inputs[n];
    // A run that was closed while it pulled must not open another input.
    if (!input || run.signal.aborted) return undefined;
    current ??= open(input, runBeforePrefix(run, `${n}:`), begin);
    return whenReady(current.next(), (entry) => (entry ? prefixed(entry, n, [entry.next, n]) : nextInput()));
  };
  return { next, close: () => current?.close() };
}

/** The items of each dataset by index, in a run that looks for one item: the ids have no prefix there. */
function soughtIn(inputs: readonly Stage<unknown>[], run: Run): Promise<readonly IndexView<unknown>[]> {
  return Promise.all(inputs.map((input, n) => indexOf(input, runBeforePrefix(run, `${n}:`))));
}

function prefixed({ id, index, value, draws }: Entry<unknown>, n: number, next: Position): Entry<unknown> {
  const entry = { id: `${n}:${id}`, index, value, next };
  return draws ? { ...entry, draws } : entry;
}

function joined(views: readonly IndexView<unknown>[]): Omit<IndexView<unknown>, "length"> {
  const starts: number[] = [0];
  for (const { length } of views) starts.push((starts.at(-1) ?? 0) + length);
  /** The dataset with the `count`-th item of all, counted from 1; the first dataset for 0. */
  const datasetOf = (count: number) => starts.findIndex((_, n) => count <= (starts[n + 1] ?? Number.POSITIVE_INFINITY));
  const viewAt = (n: number) => {
    const [view, start] = [views[n], starts[n]];
    if (!view || start === undefined) throw new RangeError(`there is no dataset ${n} among ${views.length}`);
    return { view, start };
  };
  return {
    at(index) {
      const n = datasetOf(index + 1);
      const { view, start } = viewAt(n);
      return whenReady(view.at(index - start), (entry) => prefixed(entry, n, entry.next));
    },
    // After the last item of a dataset the stream is at the end of that dataset, not at the start of the next.
    positionOf(index) {
      const n = datasetOf(index);
      const { view, start } = viewAt(n);
      return [positionIn(view, index - start), n];
    },
    indexAt(position) {
      const { base, state: n = 0 } = readPosition(position, endedCount, "concat");
      if (base === undefined || n >= views.length) return undefined;
      const { view, start } = viewAt(n);
      const index = findIndex(view, base);
      return index === undefined ? undefined : start + index;
    },
  };
}
