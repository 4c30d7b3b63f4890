import { whenReady } from "../../src/dataset/maybe.ts";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import {
  type Cursor,
  type Entry,
  indexOf,
  type OpenCursor,
  open,
  type Run,
  type Stage,
} from "../../src/dataset/stage.ts";
import { OptionError } from "../../src/errors.ts";

/**
 * The whole dataset `count` times in one epoch. Passes behind the first get keys of their own (`KEY~1`), so that random operators
 * *behind* `repeat` draw anew, while what is before it gives the same items again. Keeps an index. For epochs that differ all
 * the way use `dataset.epochs(from, to)`.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { repeat } from "voxrx/operators";
 * await Dataset.from([1, 2]).pipe(repeat(2)).toArray(); // => [1, 2, 1, 2]
 * ```
 */
export function repeat<T>(count: number): SameOperator<T> {
  if (!Number.isInteger(count) || count < 0) {
    throw new OptionError("VOXRX_BAD_OPTION", `repeat was told ${count}, which is no whole number from 0`, {
      operator: "repeat",
    });
  }
  return stageOperator<SameOperator<T>>((input) => new RepeatStage(input, count));
}

class RepeatStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #count: number;

  constructor(input: Stage<unknown>, count: number) {
    super(input);
    this.#input = input;
    this.#count = count;
    if (!input.index) return;
    this.index = (run) =>
      whenReady(indexOf(input, run), ({ length, at }) => ({
        length: length * count,
        at: (index) => whenReady(at(index % length), (entry) => ofPass(entry, Math.floor(index / length))),
      }));
  }

  knownLength(): number | undefined {
    const length = this.#input.knownLength?.();
    return length === undefined ? undefined : length * this.#count;
  }

  start(run: Run): Cursor<unknown> {
    let pass = 0;
    let current: OpenCursor<unknown> | undefined;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      for (; pass < this.#count; pass++) {
        current ??= open(this.#input, run);
        const entry = await current.next();
        if (entry) return ofPass(entry, pass);
        await current.close();
        current = undefined;
      }
      return undefined;
    };
    return { next, close: () => current?.close() };
  }

  describe() {
    return [{ name: "repeat", detail: `${this.#count} times` }];
  }
}

function ofPass(entry: Entry<unknown>, pass: number): Entry<unknown> {
  return pass === 0 ? entry : { ...entry, key: `${entry.key}~${pass}` };
}
