/** `take` and `skip`: a part of the items. */
import { whenReady } from "../../src/dataset/maybe.ts";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import {
  type Cursor,
  cursorOverIndex,
  type Entry,
  type IndexView,
  indexOf,
  open,
  type Run,
  type Stage,
} from "../../src/dataset/stage.ts";
import { OptionError } from "../../src/errors.ts";

/**
 * The first `count` items; the source is closed as soon as it has given them, and gives none for 0. Keeps an index.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { take } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(take(2)).toArray(); // => [1, 2]
 * ```
 */
export function take<T>(count: number): SameOperator<T> {
  const end = checkCount("take", count);
  return stageOperator<SameOperator<T>>((input) => new SliceStage(input, "take", count, 0, end));
}

/**
 * The items behind the first `count`. On an indexed dataset those are not computed; a stream pulls and drops them. Keeps an index.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { skip } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(skip(2)).toArray(); // => [3]
 * ```
 */
export function skip<T>(count: number): SameOperator<T> {
  const start = checkCount("skip", count);
  return stageOperator<SameOperator<T>>(
    (input) => new SliceStage(input, "skip", count, start, Number.POSITIVE_INFINITY),
  );
}

class SliceStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #text: { readonly name: string; readonly detail: string };
  readonly #start: number;
  readonly #end: number;

  constructor(input: Stage<unknown>, name: string, count: number, start: number, end: number) {
    super(input);
    this.#input = input;
    this.#text = { name, detail: String(count) };
    this.#start = start;
    this.#end = end;
    if (input.index) this.index = (run) => whenReady(indexOf(input, run), (view) => this.#part(view));
  }

  knownLength(): number | undefined {
    const length = this.#input.knownLength?.();
    return length === undefined ? undefined : Math.max(0, Math.min(length, this.#end) - this.#start);
  }

  start(run: Run): Cursor<unknown> {
    // Skipping by index computes nothing of what is skipped; taking goes along the cursor, which may work with concurrency.
    if (this.index && this.#start > 0) {
      const { index } = this;
      return cursorOverIndex(() => index(run));
    }
    return this.#along(run);
  }

  describe() {
    return [this.#text];
  }

  #part({ length, at }: IndexView<unknown>): IndexView<unknown> {
    return { length: Math.max(0, Math.min(length, this.#end) - this.#start), at: (index) => at(index + this.#start) };
  }

  #along(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    let position = 0;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      while (position < this.#end) {
        const entry = await base.next();
        if (!entry) return undefined;
        if (position++ < this.#start) continue;
        if (position >= this.#end) await base.close();
        return entry;
      }
      await base.close();
      return undefined;
    };
    return { next, close: () => base.close() };
  }
}

function checkCount(operator: string, count: number): number {
  if (Number.isInteger(count) && count >= 0) return count;
  throw new OptionError("VOXRX_BAD_OPTION", `${operator} was told ${count}, which is no whole number from 0`, {
    operator,
  });
}
