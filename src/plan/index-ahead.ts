/** Works ahead over an indexed stage: whole items at once, each computed alone. */

import { isPromise, type MaybePromise } from "../async/maybe-promise.ts";
import { isItemFailure } from "./item-failure.ts";
import { type AheadBounds, lookAhead } from "./look-ahead.ts";
import {
  type Cursor,
  continuing,
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
} from "./stage.ts";

/**
 * A cursor over an indexed stage that gives what its stream gives, with several indices in work. It goes along the
 * stream where that is between two indices: from a position that says so, and after a failure that shifted it.
 */
export function aheadByIndex(
  stage: Stage<unknown>,
  run: Run,
  from: Position | undefined,
  bounds: AheadBounds,
): Cursor<unknown> {
  return new IndexAhead(stage, run, from, bounds);
}

class IndexAhead implements Cursor<unknown> {
  readonly #stage: Stage<unknown>;
  readonly #run: Run;
  readonly #bounds: AheadBounds;
  /** Where the last entry said that the stream continues. */
  #position: Position | undefined;
  #view: IndexView<unknown> | undefined;
  #current: Cursor<unknown> | undefined;
  #alongStream = false;
  #closed = false;

  constructor(stage: Stage<unknown>, run: Run, from: Position | undefined, bounds: AheadBounds) {
    this.#stage = stage;
    this.#run = run;
    this.#position = from;
    this.#bounds = bounds;
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    // Where no failure shifts the items, nothing has to be noted once the index is open.
    if (this.#current && !this.#alongStream && !this.#stage.shifts) return this.#current.next();
    return this.#noted();
  }

  async #noted(): Promise<Entry<unknown> | undefined> {
    const view = (this.#view ??= await indexOf(this.#stage, this.#run));
    while (!this.#closed) {
      this.#current ??= this.#begin(view);
      try {
        const entry = await this.#current.next();
        if (entry) await this.#passed(view, entry.next);
        return entry;
      } catch (error) {
        if (this.#alongStream || !this.#stage.shifts || !isItemFailure(error)) throw error;
        // Only the stream knows what takes the place of the item: it meets the failure again, and goes on from there.
        await this.#current.close();
        if (!this.#closed) this.#current = this.#along();
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#current?.close();
  }

  #begin(view: IndexView<unknown>): Cursor<unknown> {
    const index = this.#position === undefined ? 0 : findIndex(view, this.#position);
    if (index === undefined) return this.#along();
    this.#alongStream = false;
    const at = ({ index: n, next }: Entry<unknown>): MaybePromise<Entry<unknown>> => {
      const entry = view.at(n);
      return isPromise(entry) ? entry.then((ready) => continuing(ready, next)) : continuing(entry, next);
    };
    return lookAhead(new Indices(view, index), at, this.#bounds);
  }

  #along(): OpenCursor<unknown> {
    this.#alongStream = true;
    return open(this.#stage, this.#run, this.#position);
  }

  /** Notes where the stream is, and leaves it for the index where it is at one of its entries again. */
  async #passed(view: IndexView<unknown>, position: Position): Promise<void> {
    this.#position = position;
    if (!this.#alongStream || findIndex(view, position) === undefined) return;
    await this.#current?.close();
    this.#current = undefined;
  }
}

/** Hands out the indices of a view in order, as entries without values. */
class Indices implements Cursor<unknown> {
  readonly #view: IndexView<unknown>;
  #index: number;

  constructor(view: IndexView<unknown>, index: number) {
    this.#view = view;
    this.#index = index;
  }

  next(): Entry<unknown> | undefined {
    const index = this.#index;
    if (index >= this.#view.length) return undefined;
    return { key: "", index, value: undefined, next: positionIn(this.#view, ++this.#index) };
  }

  close(): void {}
}
