import { z } from "zod";
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
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, countSchema } from "../../src/options.ts";

/** Options of {@link indexed}. */
export interface IndexedOptions {
  /** Items that the list may have. Default 1,000,000. */
  readonly maxItems?: number;
}

/**
 * Reads a finite stream of small items (paths, labels) once, and gives an indexed dataset of them: `length`, `at(i)` and a shuffle
 * of all. The list is made when the first run needs it, and kept. Keys stay.
 *
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond `maxItems`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { filter, indexed } from "voxrx/operators";
 * const even = Dataset.from([1, 2, 3, 4]).pipe(filter((n) => n % 2 === 0), indexed());
 * await even.toArray(); // => [2, 4]
 * ```
 */
export function indexed<T>(options: IndexedOptions = {}): SameOperator<T> {
  const { maxItems } = checkOptions("indexed", schema, options);
  return stageOperator<SameOperator<T>>((input) => new ListedStage(input, maxItems));
}

const schema = z.strictObject({ maxItems: countSchema.default(1_000_000) });

class ListedStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #maxItems: number;
  #listing: Promise<readonly Entry<unknown>[]> | undefined;
  #listed: readonly Entry<unknown>[] | undefined;

  constructor(input: Stage<unknown>, maxItems: number) {
    super(input);
    this.#input = input;
    this.#maxItems = maxItems;
    this.index = async (run): Promise<IndexView<unknown>> => {
      const entries = this.#listed ?? (await this.#list(run));
      return { length: entries.length, at: (index) => entryAt(entries, index) };
    };
  }

  knownLength(): number | undefined {
    return this.#listed?.length;
  }

  start(run: Run): Cursor<unknown> {
    return cursorOverIndex(() => indexOf(this, run));
  }

  describe() {
    return [{ name: "indexed", detail: this.#listed ? `${this.#listed.length} items` : "not listed yet" }];
  }

  /** A listing that fails or is aborted is forgotten, so that the next run lists again. */
  #list(run: Run): Promise<readonly Entry<unknown>[]> {
    this.#listing ??= this.#read(run).finally(() => (this.#listing = undefined));
    return this.#listing;
  }

  async #read(run: Run): Promise<readonly Entry<unknown>[]> {
    const base = open(this.#input, run);
    const entries: Entry<unknown>[] = [];
    try {
      for (let entry = await base.next(); entry; entry = await base.next()) {
        if (entries.length >= this.#maxItems) throw tooMany(this.#maxItems);
        entries.push({ ...entry, index: entries.length });
      }
      run.signal.throwIfAborted();
    } finally {
      await base.close();
    }
    this.#listed = entries;
    return entries;
  }
}

function entryAt(entries: readonly Entry<unknown>[], index: number): Entry<unknown> {
  const entry = entries[index];
  if (!entry) throw new RangeError(`there is no item ${index} among ${entries.length}`);
  return entry;
}

function tooMany(maxItems: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `a stream has more than the ${maxItems} items that may be listed`, {
    operator: "indexed",
    remedy: "Raise maxItems, or leave the dataset a stream.",
  });
}
