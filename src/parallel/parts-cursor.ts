/** Several items in work at once, each of which becomes several: their results come in the order of the stream. */
import * as v from "valibot";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import { type AheadBounds, lookAhead } from "../plan/look-ahead.ts";
import { fanState } from "../plan/one-to-many-stage.ts";
import { orStart, readPosition } from "../plan/position.ts";
import { badPosition, type Cursor, type Entry, type Position } from "../plan/stage.ts";
import type { Job } from "./job.ts";

/** How the stream is started. */
export interface PartsStart {
  /** The items, from a position on. */
  open(from: Position | undefined): Cursor<unknown>;
  /** Begins the job of an item, at its beginning or at a position in it. Undefined if the item is left out. */
  begin(entry: Entry<unknown>, from: Position | undefined): MaybePromise<Job | undefined>;
  /** Number of operators one after the other that make several items from one; with `from`, at most 2. */
  readonly depth: number;
  readonly bounds: AheadBounds;
  readonly from: Position | undefined;
}

/** A position of the stream, taken apart. */
interface Place {
  /** Of the items, before the one that is in work and those that failed before it. */
  readonly base: Position | undefined;
  /** Items that failed since then. */
  readonly failed: number;
  /** Where the job of the item continues. */
  readonly inside: Position | undefined;
  /** Results and failures that come again from there. */
  readonly drop: number;
}

/** A job with the item that it came from. */
class Held {
  /** What has come of it by now: it counts for the limit in bytes. */
  readonly results: readonly unknown[];
  readonly after: Position;
  readonly #job: Job;

  constructor(job: Job, after: Position) {
    this.#job = job;
    this.after = after;
    this.results = job.waiting;
  }

  get job(): Job {
    return this.#job;
  }
}

/** See the file. Its positions are those of the operators that it runs. */
export class PartsCursor implements Cursor<unknown> {
  readonly #start: PartsStart;
  readonly #jobs = new Set<Job>();
  readonly #place: Place;
  #before: Position | undefined;
  #failed = 0;
  #drop: number;
  #current: Held | undefined;
  #ahead: Cursor<unknown> | undefined;
  #base: Cursor<unknown> | undefined;
  #isClosed = false;

  constructor(start: PartsStart) {
    this.#start = start;
    this.#place = start.from === undefined ? beginning : placeIn(start.from, start.depth);
    this.#before = this.#place.base;
    this.#failed = this.#place.failed;
    this.#drop = this.#place.drop;
  }

  async next(): Promise<Entry<unknown> | undefined> {
    for (;;) {
      try {
        const result = await this.#nextResult();
        if (!result || this.#drop === 0) return result;
      } catch (error) {
        if (this.#drop === 0 || !isItemFailure(error)) throw error;
      }
      this.#drop--;
    }
  }

  async #nextResult(): Promise<Entry<unknown> | undefined> {
    for (;;) {
      const result = await this.#current?.job.next();
      if (this.#isClosed) return undefined;
      if (result) return { ...result, next: this.#after(result.next, this.#start.depth) };
      if (this.#current) this.#leave(this.#current);
      const held = await this.#nextItem();
      if (!held) return undefined;
      this.#current = held;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#jobs) job.close();
    await (this.#ahead ?? this.#base)?.close();
  }

  #leave(held: Held): void {
    held.job.close();
    this.#jobs.delete(held.job);
    this.#before = held.after;
    this.#failed = 0;
    this.#current = undefined;
  }

  async #nextItem(): Promise<Held | undefined> {
    try {
      this.#ahead ??= await this.#begin();
      if (this.#current) return this.#current;
      const entry = await this.#ahead.next();
      return entry?.value instanceof Held ? entry.value : undefined;
    } catch (error) {
      if (isItemFailure(error)) this.#failed++;
      throw error;
    }
  }

  async #begin(): Promise<Cursor<unknown>> {
    const items = this.#base ?? (await this.#continue());
    return lookAhead(
      items,
      async (entry) => {
        const job = await this.#job(entry, undefined);
        if (!job) return undefined;
        await job.stalled();
        return { id: entry.id, index: -1, value: new Held(job, entry.next), next: entry.next };
      },
      this.#start.bounds,
    );
  }

  async #job(entry: Entry<unknown>, from: Position | undefined): Promise<Job | undefined> {
    const job = await this.#start.begin(entry, from);
    if (job) this.#jobs.add(job);
    if (this.#isClosed) job?.close();
    return job;
  }

  /** Opens the items, and continues within the one that an earlier run was at. */
  async #continue(): Promise<Cursor<unknown>> {
    const { base, failed, inside } = this.#place;
    const items = this.#start.open(base);
    this.#base = items;
    for (let n = 0; n < failed; n++) await this.#failAgain(items);
    if (inside === undefined) return items;
    try {
      this.#current = await this.#nextHeld(items, inside);
    } catch (error) {
      // It fails only now: the next one comes with all of its parts.
      if (isItemFailure(error)) this.#drop = 0;
      throw error;
    }
    return items;
  }

  /** Passes an item that failed before the run was continued here. */
  async #failAgain(items: Cursor<unknown>): Promise<void> {
    try {
      const held = await this.#nextHeld(items, undefined);
      if (!held) return;
      try {
        await held.job.next();
      } finally {
        held.job.close();
        this.#jobs.delete(held.job);
      }
    } catch (error) {
      if (!isItemFailure(error)) throw error;
    }
  }

  /** The job of the next item that is not left out. Undefined if the cursor was closed. */
  async #nextHeld(items: Cursor<unknown>, from: Position | undefined): Promise<Held | undefined> {
    while (!this.#isClosed) {
      const entry = await items.next();
      if (this.#isClosed) break;
      if (!entry) throw badPosition(this.#start.from, "parallel");
      const job = await this.#job(entry, from);
      if (job) return new Held(job, entry.next);
    }
    return undefined;
  }

  /** The position of the stream for one that is within an item; undefined there: before the item. */
  #after(next: Position | undefined, depth: number): Position {
    const { base, state } = readPosition(next, depth === 1 ? fanState : anyPosition, "parallel");
    if (depth > 1) return [this.#after(base, depth - 1), state ?? [0, 0]];
    const [given, failed] = Array.isArray(state) ? state : [0, 0];
    return [orStart(this.#before), [given, failed + this.#failed]];
  }
}

const anyPosition = v.custom<Position>(() => true);
const beginning: Place = { base: undefined, failed: 0, inside: undefined, drop: 0 };

/**
 * Takes a position apart. With two operators, that of the second one may be after all that the first one made of an item,
 * and what failed since then may be in later ones: so all that the second one gave or met is given again, and dropped.
 *
 * @throws PipelineError `VOXRX_BAD_POSITION`
 */
function placeIn(from: Position, depth: number): Place {
  const { base: inner, state: [given, failed] = [0, 0] } = readPosition(from, fanState, "parallel");
  const inside: Position | undefined = given > 0 ? [orStart(undefined), [given, 0]] : undefined;
  if (depth === 1) return { base: inner, failed, inside, drop: 0 };
  if (inner === undefined) return { ...beginning, drop: given + failed };
  const { base, failed: before, inside: at = orStart(undefined) } = placeIn(inner, 1);
  return { base, failed: before, inside: [at, [0, 0]], drop: given + failed };
}
