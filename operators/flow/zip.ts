import type { Observable } from "rxjs";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { Dataset, type IndexedDataset } from "../../src/dataset.ts";
import { OptionError } from "../../src/errors.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { isLeftOut, runBefore } from "../../src/plan/inspection.ts";
import {
  badPosition,
  type Cursor,
  type Entry,
  findIndex,
  type IndexView,
  indexOf,
  open,
  type Position,
  positionIn,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";

/** What an item contributes to the tuple: its elements if it is a tuple or list, else itself. */
export type Flattened<T> = T extends readonly unknown[] ? T : readonly [T];

/** The tuple that `zip` makes from items of the given types. */
export type Zipped<Ts extends readonly unknown[]> = Ts extends readonly [infer First, ...infer Rest]
  ? [...Flattened<First>, ...Zipped<Rest>]
  : [];

type Observables<Ts extends readonly unknown[]> = { readonly [K in keyof Ts]: Observable<Ts[K]> };
type Indexed<Ts extends readonly unknown[]> = { readonly [K in keyof Ts]: IndexedDataset<Ts[K]> };

/**
 * Combines datasets item by item into tuples, as many as the shortest has items (MONAI's `ZipDataset`). One level of
 * tuples and lists is flattened. All datasets run in the same epoch. An item has the id of the item from the first
 * dataset; random operators of the datasets draw alike where their ids are equal. Indexed if all datasets are. When one
 * dataset ends, all are closed.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` when no dataset is given
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { zip } from "voxrx/operators";
 * await zip(Dataset.from([1, 2, 3]), Dataset.from(["a", "b"])).toArray(); // => [[1, "a"], [2, "b"]]
 * ```
 */
export function zip<Ts extends readonly unknown[]>(...datasets: Indexed<Ts>): IndexedDataset<Zipped<Ts>>;
export function zip<Ts extends readonly unknown[]>(...datasets: Observables<Ts>): Dataset<Zipped<Ts>>;
export function zip(...datasets: readonly Observable<unknown>[]): Dataset<unknown> {
  const [first, ...others] = datasets.map((source) => Dataset.from(source).stage);
  if (!first) throw new OptionError("VOXRX_BAD_OPTION", "expected at least one dataset, got none", { operator: "zip" });
  const inputs = [first, ...others] as const;
  const stage = declareStage({
    inputs,
    text: { name: "zip", detail: `${inputs.length} datasets, as long as the shortest` },
    identity: { name: "zip", version: 1 },
    // By index: a stream must be in step with the others.
    passage: { keepsItems: inputs.every((input) => input.index) },
    index: {
      length: (...lengths) => Math.min(...lengths),
      view: (views, run) =>
        run.inspection?.only
          ? whenReady(withOthers(inputs, run), (others) => soughtTuples(views, others, run))
          : tuplesByIndex(views),
    },
    start: (run, from) => zipped(inputs, run, from),
  });
  return Dataset.ofStage(stage);
}

/** Pulls once from every input for each tuple. Its position is the list of their positions. */
function zipped(inputs: readonly Stage<unknown>[], run: Run, from: Position | undefined): Cursor<unknown> {
  const positions = readPositions(from, inputs.length);
  const cursors = inputs.map((input, n) => open(input, run, positions[n]));
  const close = async (): Promise<void> => {
    const closed = await Promise.allSettled(cursors.map((cursor) => cursor.close()));
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  };
  const next = async (): Promise<Entry<unknown> | undefined> => {
    // Waits for all inputs even if one fails, so that they stay in step.
    const pulled = await Promise.allSettled(cursors.map(async (cursor) => cursor.next()));
    // What comes after the end of the shortest is not part of it, and can't fail.
    if (pulled.some((result) => result.status === "fulfilled" && result.value === undefined)) {
      await close();
      return undefined;
    }
    const entries: Entry<unknown>[] = [];
    for (const result of pulled) {
      if (result.status === "rejected") throw result.reason;
      if (result.value) entries.push(result.value);
    }
    return tupleOf(entries);
  };
  return { next, close };
}

function readPositions(from: Position | undefined, count: number): readonly Position[] {
  if (from === undefined) return [];
  if (isList(from) && from.length === count) return from;
  throw badPosition(from, "zip");
}

function isList(position: Position): position is readonly Position[] {
  return Array.isArray(position);
}

/** The items of the other datasets have ids of their own: none is left out. */
function withOthers([, ...others]: readonly Stage<unknown>[], run: Run): Promise<readonly IndexView<unknown>[]> {
  return Promise.all(others.map((input) => indexOf(input, runBefore(run))));
}

/**
 * Tuples in a run that looks for one item, which is known by the first dataset, or lists all. `others` compute, and are
 * only asked for the wanted item; a list has what `rest` say without any work.
 */
function soughtTuples(
  [first, ...rest]: readonly IndexView<unknown>[],
  others: readonly IndexView<unknown>[],
  run: Run,
): Omit<IndexView<unknown>, "length"> {
  if (!first) throw new RangeError("zip has a first dataset");
  return {
    async at(index) {
      const entry = await first.at(index);
      const isOut = isLeftOut(run, entry.id);
      if (isOut && !run.inspection?.only?.isList) return entry;
      const entries = await Promise.all((isOut ? rest : others).map((view) => view.at(index)));
      return isOut ? withIds(tupleOf([entry, ...entries]), entries) : tupleOf([entry, ...entries]);
    },
  };
}

/** A tuple in a list: the ids of the other datasets decide what is drawn for it. */
function withIds(tuple: Entry<unknown>, others: readonly Entry<unknown>[]): Entry<unknown> {
  return { ...tuple, value: Object.assign([tuple.value].flat(), { ids: others.map(({ id }) => id) }) };
}

function tuplesByIndex(views: readonly IndexView<unknown>[]): Omit<IndexView<unknown>, "length"> {
  return {
    at: async (index) => tupleOf(await Promise.all(views.map((view) => view.at(index)))),
    positionOf: (index) => views.map((view) => positionIn(view, index)),
    indexAt(position) {
      const positions = readPositions(position, views.length);
      const indices = new Set(views.map((view, n) => findIndex(view, positions[n] ?? null)));
      const [index] = indices;
      return indices.size === 1 ? index : undefined;
    },
  };
}

function tupleOf(entries: readonly Entry<unknown>[]): Entry<unknown> {
  const [first] = entries;
  const value = entries.flatMap((entry) => (Array.isArray(entry.value) ? entry.value : [entry.value]));
  const draws = entries.flatMap((entry) => entry.draws ?? []);
  const next = entries.map((entry) => entry.next);
  const tuple = { id: first?.id ?? "", index: first?.index ?? -1, value, next };
  return draws.length > 0 ? { ...tuple, draws } : tuple;
}
