import type { Observable } from "rxjs";
import * as v from "valibot";
import { EventLoopTurns } from "../../src/async/event-loop-turn.ts";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { Dataset, type IndexedDataset } from "../../src/dataset.ts";
import { PipelineError } from "../../src/errors.ts";
import { type AnyRecord, isRecord, withFields } from "../../src/item/record.ts";
import type { Flat, KeysWith } from "../../src/item/record-types.ts";
import { checkOptions, countSchema, nonEmptySchema } from "../../src/options.ts";
import { declareStage, type OwnIndex } from "../../src/plan/declared-stage.ts";
import { itemFailure } from "../../src/plan/item-failure.ts";
import { itemOrderOf } from "../../src/plan/item-order.ts";
import {
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
import { type JoinBy, JoinTable, type JoinValue, joinValue } from "./shared/join-table.ts";
import { withIndex } from "./shared/listing.ts";
import { PerEpoch } from "./shared/per-epoch.ts";
import { readItems } from "./shared/read-items.ts";

/** How the value that an item is joined on is found: the name of a field, or a function from the item. */
export type JoinSide<T> = KeysWith<T, JoinValue> | ((item: T) => JoinValue);

/** Options of {@link join}. */
export interface JoinOptions<A = never, B = never> {
  /** The name of a field that both sides have, or a name or function for each side. */
  readonly on:
    | (KeysWith<A, JoinValue> & KeysWith<B, JoinValue>)
    | { readonly left: JoinSide<A>; readonly right: JoinSide<B> };
  /**
   * `inner` (default): items of the left dataset without a match are left out. `left`: they come without the fields of
   * the right one.
   */
  readonly how?: "inner" | "left";
  /**
   * Added to the names of fields of the right side that the left side has too, except that of `on`. Default: such fields
   * must be equal on both sides, and come once.
   */
  readonly suffix?: string;
  /** Maximum number of items of the right dataset, whose values are kept in memory. Default 1,000,000. */
  readonly maxItems?: number;
}

type ItemOf<D> = D extends Observable<infer T> ? T : never;

/** The name of the field that both sides are joined on, if it is the same on both. */
type Shared<O> = O extends { readonly on: infer N extends string }
  ? N
  : O extends { readonly on: { readonly left: infer N extends string; readonly right: infer M extends string } }
    ? N & M
    : never;

/** The fields that the right side adds to a record `A`. */
type FromRight<A, B, O> = O extends { readonly suffix: infer S extends string }
  ? { [F in keyof B as F extends keyof A ? (F extends Shared<O> ? never : `${F & string}${S}`) : F]: B[F] }
  : { [F in keyof B as F extends keyof A ? never : F]: B[F] };

/** The record that {@link join} makes of records `A` and `B` with options `O`. */
export type Joined<A, B, O> = Flat<
  A & (O extends { readonly how: "left" } ? Partial<FromRight<A, B, O>> : FromRight<A, B, O>)
>;

/** The dataset that {@link join} makes: indexed if the left one is. */
export type JoinedDataset<DA, DB, O> =
  DA extends IndexedDataset<unknown>
    ? IndexedDataset<Joined<ItemOf<DA>, ItemOf<DB>, O>>
    : Dataset<Joined<ItemOf<DA>, ItemOf<DB>, O>>;

/**
 * Joins the records of two datasets on a value that they share, as tables are joined (`merge` of pandas, `JOIN` of
 * SQL): images with a table of patients, for example. The order, the ids and the seed are those of the left dataset. The
 * record has the fields of both; a field with one name on both sides must have the same value, or gets `suffix`. Many
 * items of the left dataset can match one of the right dataset, but not the other way round: that is refused.
 *
 * In every epoch, the values of all items of the right dataset are read once and kept, not the items: these are computed
 * by their index when they match. So `load` belongs after `join`. A right dataset that is a stream is listed first, as
 * by `indexed()`, at most 256 MiB of it. The left dataset is read item by item. If it is indexed, the result is too: an
 * inner join then reads its values once when items are asked for by index. Both run in the same epoch.
 *
 * A value must be a string, a number or a boolean; 1 does not match "1", and a value of a type that no item on the right
 * has is an error.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_AMBIGUOUS_MATCH` when two items on the right have the same value, `VOXRX_TOO_LARGE` for
 * too many of them; for single items `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` (a value of another type, a field that
 * differs), `VOXRX_TRANSFORM_FAILED` (a function in `on` threw). On the right these end the run.
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { join } from "voxrx/operators";
 * const scans = Dataset.from([{ image: "a.nii", patient: 7 }, { image: "b.nii", patient: 8 }]);
 * const patients = Dataset.from([{ patient: 8, age: 61 }, { patient: 9, age: 47 }]);
 * await join(scans, patients, { on: "patient" }).toArray(); // => [{ image: "b.nii", patient: 8, age: 61 }]
 * ```
 */
export function join<
  DA extends Observable<unknown>,
  DB extends Observable<unknown>,
  const O extends JoinOptions<ItemOf<DA>, ItemOf<DB>>,
>(left: DA, right: DB, options: O): JoinedDataset<DA, DB, O>;
export function join(left: Observable<unknown>, right: Observable<unknown>, options: object): Dataset<unknown> {
  const { on, how, suffix, maxItems } = checkOptions("join", schema, options);
  const sides = typeof on === "string" ? { left: on, right: on } : on;
  const a = Dataset.from(left).stage;
  const b = withIndex(Dataset.from(right).stage, "join", maxItems);
  const tables = new PerEpoch((run) =>
    whenReady(indexOf(b, run), (items) => JoinTable.read(items, sides.right, maxItems, run.signal)),
  );
  const joining: Joining = { a, b, sides, how, suffix, tables };
  const named = (by: JoinBy) => (typeof by === "string" ? by : by.name || "a function");
  const shownOn = sides.left === sides.right ? named(sides.left) : `${named(sides.left)} = ${named(sides.right)}`;
  const stage = declareStage({
    inputs: [a, b],
    text: { name: "join", detail: `on ${shownOn}, ${how}${suffix === undefined ? "" : `, suffix ${suffix}`}` },
    identity: {
      name: "join",
      version: 1,
      options: { left: String(sides.left), right: String(sides.right), how, suffix },
    },
    shifts: a.shifts ?? false,
    // Items that are chosen again in each epoch may find others, or none.
    lengthVaries: (how === "inner" && [a, b].some((input) => itemOrderOf(input) !== "fixed")) || undefined,
    ownIndex: a.index && (how === "left" ? leftIndex(joining) : innerIndex(joining)),
    start: (run, from) => joinCursor(joining, run, from),
  });
  return Dataset.ofStage(stage);
}

const sideSchema = v.union([nonEmptySchema, v.custom<(item: never) => JoinValue>((by) => typeof by === "function")]);

const schema = v.strictObject({
  on: v.union([nonEmptySchema, v.strictObject({ left: sideSchema, right: sideSchema })]),
  how: v.optional(v.picklist(["inner", "left"]), "inner"),
  suffix: v.optional(nonEmptySchema),
  maxItems: v.optional(countSchema, 1_000_000),
});

/** What a join is made of. */
interface Joining {
  readonly a: Stage<unknown>;
  readonly b: Stage<unknown>;
  readonly sides: { readonly left: JoinBy; readonly right: JoinBy };
  readonly how: "inner" | "left";
  readonly suffix: string | undefined;
  readonly tables: PerEpoch<JoinTable>;
}

/** Joins entries of the left dataset in one run. */
type Joiner = (entry: Entry<unknown>) => MaybePromise<Entry<unknown> | undefined>;

/** Returns what joins an entry; it returns undefined for one that is left out. */
function joinerOf(joining: Joining, run: Run): MaybePromise<Joiner> {
  const { b, sides, how, tables } = joining;
  return whenReady(indexOf(b, run), (items) =>
    whenReady(tables.get(run), (table) => (entry) => {
      const index = ofItem(entry, run, () => table.find(joinValue(entry, sides.left)));
      if (index === undefined) return how === "left" ? entry : undefined;
      return whenReady(items.at(index), (other) => ofItem(entry, run, () => joinedEntry(entry, other, joining)));
    }),
  );
}

/** Does something for an item, the failure of which is that of the item alone. */
function ofItem<R>({ id: item }: Entry<unknown>, { signal }: Run, work: () => R): R {
  try {
    return work();
  } catch (caught) {
    throw itemFailure(caught, { operator: "join", item }, signal);
  }
}

function joinedEntry(entry: Entry<unknown>, other: Entry<unknown>, { sides, suffix }: Joining): Entry<unknown> {
  const { id, index, next } = entry;
  const shared = sides.left === sides.right && typeof sides.left === "string" ? sides.left : undefined;
  const value = withFields(recordOf(entry), addedFields(recordOf(entry), recordOf(other), shared, suffix));
  const draws = [...(entry.draws ?? []), ...(other.draws ?? [])];
  return draws.length > 0 ? { id, index, value, next, draws } : { id, index, value, next };
}

function recordOf({ id: item, value }: Entry<unknown>): AnyRecord {
  if (isRecord(value)) return value;
  throw new PipelineError("VOXRX_WRONG_FIELD", "only records can be joined, and an item is something else", {
    operator: "join",
    item,
    remedy: "Turn the items into records first, such as map((image) => ({ image })).",
  });
}

/** The fields that the right side adds. */
function addedFields(
  left: AnyRecord,
  right: AnyRecord,
  shared: string | undefined,
  suffix: string | undefined,
): (readonly [name: string, value: unknown])[] {
  const added: (readonly [string, unknown])[] = [];
  for (const [name, value] of Object.entries(right)) {
    if (!Object.hasOwn(left, name)) added.push([name, value]);
    else if (name === shared || (suffix === undefined && Object.is(left[name], value))) continue;
    else if (suffix === undefined) throw collision(name, "Give a suffix, or leave the field out on one side.");
    else if (Object.hasOwn(left, name + suffix) || Object.hasOwn(right, name + suffix))
      throw collision(name + suffix, "Choose another suffix.");
    else added.push([name + suffix, value]);
  }
  return added;
}

function collision(name: string, remedy: string): PipelineError {
  return new PipelineError("VOXRX_WRONG_FIELD", `the field "${name}" has another value on the right side`, { remedy });
}

/** Pulls the left dataset, whose positions are those of the join. */
function joinCursor(joining: Joining, run: Run, from: Position | undefined): Cursor<unknown> {
  const base = open(joining.a, run, from);
  const turns = new EventLoopTurns(); // nothing else yields to the event loop while items are left out
  let joiner: Joiner | undefined;
  const next = async (): Promise<Entry<unknown> | undefined> => {
    joiner ??= await joinerOf(joining, run);
    while (!run.signal.aborted) {
      const turn = turns.ifDue();
      if (turn) await turn;
      const entry = await base.next();
      if (!entry) return undefined;
      const joined = await joiner(entry);
      if (joined) return joined;
    }
    return undefined;
  };
  return { next, close: () => base.close() };
}

/** All items of the left dataset, by its index. */
function leftIndex(joining: Joining): OwnIndex {
  const { a } = joining;
  return {
    view: (run) =>
      whenReady(indexOf(a, run), (items) =>
        whenReady(joinerOf(joining, run), (joiner) => ({ ...items, at: (index) => joinedAt(items, index, joiner) })),
      ),
    knownLength: () => a.knownLength?.(),
  };
}

/** The items of the left dataset that have a match. */
function innerIndex(joining: Joining): OwnIndex {
  const { a, tables, sides } = joining;
  const matches = new PerEpoch((run) =>
    whenReady(indexOf(a, run), (items) =>
      whenReady(tables.get(run), async (table) => {
        const found: number[] = [];
        await readItems(items, run.signal, {
          each(entry, index) {
            const match = ofItem(entry, run, () => table.find(joinValue(entry, sides.left)));
            if (match !== undefined) found.push(index);
          },
          // It has a place, where it fails again, as it does in the stream.
          failed: (index) => found.push(index),
        });
        return found;
      }),
    ),
  );
  return {
    view: (run) =>
      whenReady(indexOf(a, run), (items) =>
        whenReady(joinerOf(joining, run), (joiner) =>
          whenReady(matches.get(run), (found) => viewOf(items, found, joiner)),
        ),
      ),
    knownLength: () => matches.latest?.length,
  };
}

function viewOf(items: IndexView<unknown>, found: readonly number[], joiner: Joiner): IndexView<unknown> {
  return {
    length: found.length,
    at: (n) => joinedAt(items, found[n] ?? -1, joiner),
    // The stream stops after an item that has a match, before those that it leaves out.
    positionOf: (n) => positionIn(items, n === 0 ? 0 : (found[n - 1] ?? -1) + 1),
    indexAt(position) {
      const index = findIndex(items, position);
      if (index === undefined) return undefined;
      return countBelow(found, index);
    },
  };
}

/** How many numbers of an ascending list are below `limit`. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function joinedAt(items: IndexView<unknown>, index: number, joiner: Joiner): MaybePromise<Entry<unknown>> {
  return whenReady(items.at(index), (entry) =>
    whenReady(joiner(entry), (joined) => {
      if (joined) return joined;
      throw new PipelineError("VOXRX_WRONG_FIELD", "the item had a match when the dataset was read, and has none now", {
        operator: "join",
        item: entry.id,
        remedy: "Join on a value that is the same whenever an item is computed.",
      });
    }),
  );
}
