import type { Observable } from "rxjs";
import { z } from "zod";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { Dataset, type IndexedDataset } from "../../src/dataset.ts";
import { OptionError } from "../../src/errors.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { readPosition } from "../../src/plan/position.ts";
import {
  badPosition,
  type Cursor,
  type Entry,
  findIndex,
  type IndexView,
  type OpenCursor,
  open,
  type Position,
  positionIn,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";

/**
 * The items of all datasets, one dataset after the other. Ids are prefixed by the dataset's place (`1:ID`), so that
 * items of different datasets stay apart. Indexed if all of them are. The seed is the first one's.
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
  if (!first) throw new OptionError("VOXRX_BAD_OPTION", "concat was given no dataset", { operator: "concat" });
  const inputs = [first, ...others] as const;
  const stage = declareStage({
    inputs,
    text: { name: "concat", detail: `${inputs.length} datasets` },
    identity: { name: "concat", version: 1 },
    index: {
      length: (...lengths) => lengths.reduce((sum, length) => sum + length, 0),
      view: (views) => joined(views),
    },
    start: (run, from) => oneByOne(inputs, run, from),
  });
  return Dataset.ofStage(stage);
}

/** Number of datasets that are through. */
const place = z.int().min(0);

function oneByOne(inputs: readonly Stage<unknown>[], run: Run, from: Position | undefined): Cursor<unknown> {
  const { base, state = 0 } = readPosition(from, place, "concat");
  if (state >= inputs.length) throw badPosition(from, "concat");
  let n = state;
  let begin = base;
  let current: OpenCursor<unknown> | undefined;
  const given = (entry: Entry<unknown>) => prefixed(entry, n, [entry.next, n]);
  const nextInput = async (): Promise<Entry<unknown> | undefined> => {
    await current?.close();
    current = undefined;
    begin = undefined;
    n++;
    return next();
  };
  const next = (): MaybePromise<Entry<unknown> | undefined> => {
    const input = inputs[n];
    // A run that was closed while it pulled opens nothing more.
    if (!input || run.signal.aborted) return undefined;
    current ??= open(input, run, begin);
    return whenReady(current.next(), (entry) => (entry ? given(entry) : nextInput()));
  };
  return { next, close: () => current?.close() };
}

function prefixed({ key, index, value, draws }: Entry<unknown>, n: number, next: Position): Entry<unknown> {
  const entry = { key: `${n}:${key}`, index, value, next };
  return draws ? { ...entry, draws } : entry;
}

function joined(views: readonly IndexView<unknown>[]): Omit<IndexView<unknown>, "length"> {
  const starts: number[] = [0];
  for (const { length } of views) starts.push((starts.at(-1) ?? 0) + length);
  /** The dataset in which so many items have been given. */
  const placeOf = (count: number) => starts.findIndex((_, n) => count <= (starts[n + 1] ?? Number.POSITIVE_INFINITY));
  const viewAt = (n: number) => {
    const [view, start] = [views[n], starts[n]];
    if (!view || start === undefined) throw new RangeError(`there is no dataset ${n} among ${views.length}`);
    return { view, start };
  };
  return {
    at(index) {
      const n = placeOf(index + 1);
      const { view, start } = viewAt(n);
      return whenReady(view.at(index - start), (entry) => prefixed(entry, n, entry.next));
    },
    // The end of a dataset is where the stream is after its last item, not the beginning of the next.
    positionOf(index) {
      const n = placeOf(index);
      const { view, start } = viewAt(n);
      return [positionIn(view, index - start), n];
    },
    indexAt(position) {
      const { base, state: n = 0 } = readPosition(position, place, "concat");
      if (base === undefined || n >= views.length) return undefined;
      const { view, start } = viewAt(n);
      const index = findIndex(view, base);
      return index === undefined ? undefined : start + index;
    },
  };
}
