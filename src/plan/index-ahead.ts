/** Look-ahead over an indexed stage: several items at the same time, each computed by its index. */

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
import { TransformStage } from "./transform-stage.ts";

/**
 * A cursor over an indexed stage that yields the same items as its stream, with several indices in work. It follows the
 * stream itself while the position is between two indices: after starting from such a position, and after a failure
 * that shifted the items.
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
  /** Where the stream continues, according to the last entry. */
  #position: Position | undefined;
  #view: IndexView<unknown> | undefined;
  #current: Cursor<unknown> | undefined;
  #isFollowingStream = false;
  #closed = false;

  constructor(stage: Stage<unknown>, run: Run, from: Position | undefined, bounds: AheadBounds) {
    this.#stage = stage;
    this.#run = run;
    this.#position = from;
    this.#bounds = bounds;
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    // If failures don't shift the items, the position need not be tracked once the index is open.
    if (this.#current && !this.#isFollowingStream && !this.#stage.shifts) return this.#current.next();
    return this.#nextTracked();
  }

  async #nextTracked(): Promise<Entry<unknown> | undefined> {
    const view = (this.#view ??= await indexOf(this.#stage, this.#run));
    while (!this.#closed) {
      this.#current ??= this.#begin(view);
      try {
        const entry = await this.#current.next();
        if (entry) await this.#track(view, entry.next);
        return entry;
      } catch (error) {
        if (this.#isFollowingStream || !this.#stage.shifts || !isItemFailure(error)) throw error;
        // Only the stream knows which item comes in place of the failed one: it hits the failure again and continues
        // from there.
        await this.#current.close();
        if (!this.#closed) this.#current = this.#followStream();
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
    if (index === undefined) return this.#followStream();
    this.#isFollowingStream = false;
    const at = ({ index: n, next }: Entry<unknown>): MaybePromise<Entry<unknown>> => {
      const entry = view.at(n);
      return isPromise(entry) ? entry.then((ready) => continuing(ready, next)) : continuing(entry, next);
    };
    return lookAhead(new Indices(view, index), at, this.#bounds);
  }

  #followStream(): OpenCursor<unknown> {
    this.#isFollowingStream = true;
    const stage = this.#stage;
    // Where failures shift the items, the stream is soon in step with the index again, and work ahead would be lost.
    if (!(stage instanceof TransformStage) || stage.shifts) return open(stage, this.#run, this.#position);
    return open(stage, this.#run, this.#position, (run, from) => stage.startAhead(run, from, this.#bounds));
  }

  /**
   * Records the position, and switches from the stream back to the index when the position is that of an entry again.
   */
  async #track(view: IndexView<unknown>, position: Position): Promise<void> {
    this.#position = position;
    if (!this.#isFollowingStream || findIndex(view, position) === undefined) return;
    await this.#current?.close();
    this.#current = undefined;
  }
}

/** Yields the indices of a view in order, as entries without values. */
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
    return { id: "", index, value: undefined, next: positionIn(this.#view, ++this.#index) };
  }

  close(): void {}
}
