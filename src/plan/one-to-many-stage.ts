import * as v from "valibot";
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { isOfLostSamples, readVolumes } from "../item/read-samples.ts";
import { integerSchema } from "../options.ts";
import { losses } from "../volume/unread.ts";
import { declareStage } from "./declared-stage.ts";
import type { Fan } from "./fan.ts";
import { isLeftOut } from "./inspection.ts";
import { type ItemNotes, stageContext } from "./item-context.ts";
import { isItemFailure, itemFailure } from "./item-failure.ts";
import { orStart, readPosition } from "./position.ts";
import { rereadingOf } from "./run-transforms.ts";
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
} from "./stage.ts";
import { traceParts } from "./trace-transforms.ts";
import { TransformStage } from "./transform-stage.ts";
import { UserIterator } from "./user-iterator.ts";

const fans = new WeakMap<Stage<unknown>, Fan>();

/** The fan that {@link fanStage} made a stage from; undefined for any other stage. */
export function fanOf(stage: Stage<unknown>): Fan | undefined {
  return fans.get(stage);
}

/**
 * A stage that pulls an item, yields its parts, and pulls the next. Its position is that of the input before the item,
 * with the number of parts already yielded.
 */
export function fanStage(source: Stage<unknown>, fan: Fan): Stage<unknown> {
  const input = fan.retains === false ? TransformStage.leavingUnread(source) : source;
  const { name, detail, identity, random, count } = fan;
  const notes = [...(random ? ["random"] : []), ...(count === undefined ? [] : [`${count} of each item`])];
  const partsOf = (entry: Entry<unknown>, run: Run) => new PartCursor(entry, run, fan, input);
  const stage = declareStage({
    inputs: [input],
    text: { name, notes, ...(detail === undefined ? {} : { detail }) },
    identity,
    random,
    shifts: true,
    passage: { keepsItems: true, ids: "parts" },
    index:
      count === undefined
        ? undefined
        : {
            length: (length) => length * count,
            view: ([items], run) => viewOf(items, count, fan, run, (entry) => partsOf(entry, run)),
          },
    start: (run, from) => new FanCursor(input, run, from, name, partsOf),
  });
  fans.set(stage, fan);
  return stage;
}

/**
 * State of a position: the number of parts of the item already yielded; and the number of items that failed before it,
 * if the input's position is before those.
 */
export const fanState = v.strictTuple([v.pipe(integerSchema, v.minValue(0)), v.pipe(integerSchema, v.minValue(0))]);

class FanCursor implements Cursor<unknown> {
  readonly #base: OpenCursor<unknown>;
  readonly #run: Run;
  readonly #operator: string;
  readonly #partsOf: (entry: Entry<unknown>, run: Run) => PartCursor;
  /** Position of the input before the item whose parts are being yielded. */
  #before: Position | undefined;
  /** Items that failed since then. */
  #failed: number;
  /** Parts of the next item that an earlier run already yielded. */
  #skip: number;
  /** Whether the next item is the one at which an earlier run was. */
  #isAgain: boolean;
  #current: PartCursor | undefined;

  constructor(
    input: Stage<unknown>,
    run: Run,
    from: Position | undefined,
    operator: string,
    partsOf: (entry: Entry<unknown>, run: Run) => PartCursor,
  ) {
    const { base, state = [0, 0] } = readPosition(from, fanState, operator);
    this.#run = run;
    this.#operator = operator;
    this.#before = base;
    [this.#skip, this.#failed] = state;
    this.#isAgain = from !== undefined;
    this.#base = open(input, run, base);
    this.#partsOf = partsOf;
  }

  async next(): Promise<Entry<unknown> | undefined> {
    for (;;) {
      const part = await this.#current?.next(this.#before, this.#failed);
      if (part) return part;
      if (this.#current) {
        this.#before = this.#current.after;
        this.#failed = 0;
        this.#current = undefined;
      }
      const isAgain = this.#isAgain;
      this.#isAgain = false;
      const entry = await (isAgain ? this.#itemAgain() : this.#item());
      const skip = this.#skip;
      this.#skip = 0;
      this.#current = entry && this.#partsOf(entry, this.#run);
      const found = skip === 0 || (await this.#current?.skip(skip)) || this.#run.signal.aborted;
      if (!found) throw badPosition([orStart(this.#before), [skip, this.#failed]], this.#operator);
      if (!entry) return undefined;
    }
  }

  async #item(): Promise<Entry<unknown> | undefined> {
    try {
      for (;;) {
        const entry = await this.#base.next();
        if (!entry || !isLeftOut(this.#run, entry.id)) return entry;
      }
    } catch (error) {
      if (isItemFailure(error)) this.#failed++;
      throw error;
    }
  }

  /** The item that an earlier run was at. Items that failed before it were reported by that run. */
  async #itemAgain(): Promise<Entry<unknown> | undefined> {
    for (let n = 0; n < this.#failed; n++) {
      try {
        await this.#base.next();
      } catch (error) {
        if (!isItemFailure(error)) throw error;
      }
    }
    try {
      return await this.#base.next();
    } catch (error) {
      // It may fail only now, or its position came from an index. The next one comes with all of its parts.
      if (isItemFailure(error)) {
        this.#failed++;
        this.#skip = 0;
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    // Both at once: parts that don't answer must not keep the input open.
    await Promise.all([this.#current?.close(), this.#base.close()]);
  }
}

function viewOf(
  items: IndexView<unknown>,
  count: number,
  { name: operator }: Fan,
  run: Run,
  partsOf: (entry: Entry<unknown>) => PartCursor,
): Omit<IndexView<unknown>, "length"> {
  // Parts of an item are mostly requested one after the other: the item is kept, so that it is computed once.
  let latest: { readonly item: number; readonly entry: MaybePromise<Entry<unknown>> } | undefined;
  const itemAt = (index: number): MaybePromise<Entry<unknown>> => {
    const item = Math.floor(index / count);
    if (run.inspection?.only) return soughtAt(item);
    const { entry } = latest?.item === item ? latest : { entry: items.at(item) };
    latest = (index + 1) % count === 0 ? undefined : { item, entry };
    return entry;
  };
  // Somebody who looks for one part, in whatever order, has its item computed once.
  const sought = new Map<number, Entry<unknown>>();
  const soughtAt = (item: number): MaybePromise<Entry<unknown>> =>
    sought.get(item) ??
    whenReady(items.at(item), (entry) => {
      if (!isLeftOut(run, entry.id)) sought.set(item, entry);
      return entry;
    });
  return {
    async at(index) {
      const entry = await itemAt(index);
      const id = `${entry.id}/${index % count}`;
      if (run.inspection?.only?.after?.leavesOut(id)) return { ...entry, id };
      const parts = partsOf(entry);
      try {
        await parts.skip(index % count);
        const part = await parts.next();
        if (!part) throw new Error(`${operator} yielded fewer than ${count} parts`);
        return part;
      } finally {
        await parts.close();
      }
    },
    // After the last part of an item the stream is still at that item.
    positionOf(index) {
      const item = Math.ceil(index / count) - 1;
      return [item <= 0 ? orStart(undefined) : positionIn(items, item), [index - item * count, 0]];
    },
    indexAt(position) {
      const { base, state: [given, failed] = [0, 0] } = readPosition(position, fanState, operator);
      const item = base === undefined ? 0 : findIndex(items, base);
      return item === undefined || given > count || failed > 0 ? undefined : item * count + given;
    },
  };
}

/** The parts of one item. */
class PartCursor {
  readonly #entry: Entry<unknown>;
  readonly #run: Run;
  readonly #fan: Fan;
  readonly #input: Stage<unknown>;
  #parts: UserIterator<unknown>;
  #notes: ItemNotes = {};
  #given = 0;
  #done = false;
  /** {@link losses} when the item came. */
  #lossesBefore = losses.count;
  /** How the item is made again with all samples; undefined once it has them. */
  #reread: ReturnType<typeof rereadingOf>;

  constructor(entry: Entry<unknown>, run: Run, fan: Fan, input: Stage<unknown>) {
    this.#entry = entry;
    this.#run = run;
    this.#fan = fan;
    this.#input = input;
    this.#reread = rereadingOf(entry.value);
    this.#parts = this.#partsOf(entry.value);
  }

  /** Where the input continues after the item. */
  get after(): Position {
    return this.#entry.next;
  }

  /** The next part. `before`: position of the input before the item and before the `failed` items that precede it. */
  async next(before?: Position, failed = 0): Promise<Entry<unknown> | undefined> {
    if (this.#done) return undefined;
    try {
      const step = await this.#step();
      if (!step.done) return this.#part(step.value, before, failed);
      this.#done = true;
      return undefined;
    } catch (caught) {
      this.#done = true;
      throw itemFailure(caught, { operator: this.#fan.name, item: this.#entry.id }, this.#run.signal);
    } finally {
      this.#tellFiles();
    }
  }

  /** Also of an item without parts, and of one that failed: it may have some when a file has changed. */
  #tellFiles(): void {
    const onFile = this.#run.inspection?.onFile;
    if (onFile) for (const file of this.#notes.files?.splice(0) ?? []) onFile(file, this.#entry.id);
  }

  /** Pulls a part with its samples. If those are lost, the item is made again, and the parts that were given skipped. */
  async #step(): Promise<IteratorResult<unknown, unknown>> {
    const reread = this.#reread;
    if (!reread) return this.#parts.next();
    // A function that parts are made with may catch the error of lost samples, and go on.
    const hasLost = () => losses.count !== this.#lossesBefore;
    try {
      const step = await this.#parts.next();
      if (!step.done) readVolumes(step.value);
      if (!hasLost()) return step;
    } catch (caught) {
      if (!(isOfLostSamples(caught) || hasLost())) throw caught;
    }
    this.#reread = undefined;
    const again = await reread();
    await this.#parts.close();
    this.#parts = this.#partsOf(again?.value);
    for (let n = 0; n < this.#given; n++) await this.#parts.next();
    return this.#parts.next();
  }

  #partsOf(item: unknown): UserIterator<unknown> {
    const { only, onFile } = this.#run.inspection ?? {};
    this.#notes = only?.trace || onFile ? { files: [] } : {};
    const context = stageContext(this.#fan.name, this.#entry, this.#run, this.#input, this.#notes);
    return new UserIterator(() => this.#fan.parts(item, context), this.#run.signal);
  }

  /** Skips parts. False if there are fewer. */
  async skip(count: number): Promise<boolean> {
    for (let n = 0; n < count; n++) if (!(await this.next())) return false;
    return true;
  }

  close(): MaybePromise<void> {
    this.#done = true;
    return this.#parts.close();
  }

  #part(value: unknown, before: Position | undefined, failed: number): Entry<unknown> {
    const { id, index, draws } = this.#entry;
    const drawn = this.#notes.draws;
    const n = this.#given++;
    const next = [orStart(before), [n + 1, failed]];
    const part = `${id}/${n}`;
    const only = this.#run.inspection?.only?.after;
    if (only?.trace && only.wants(part)) traceParts(this.#fan, this.#notes, only.trace);
    if (!draws && !drawn) return { id: part, index, value, next };
    return { id: part, index, value, draws: [...(draws ?? []), ...(drawn ?? [])], next };
  }
}
