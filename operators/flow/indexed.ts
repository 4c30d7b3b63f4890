import * as v from "valibot";
import { LazyValue } from "../../src/async/lazy-value.ts";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { untilAborted } from "../../src/async/until-aborted.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { countSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { type Entry, type IndexView, open, type Run, type Stage } from "../../src/plan/stage.ts";
import type { Seed } from "../../src/random/random.ts";

/** Options of {@link indexed}. */
export interface IndexedOptions {
  /** Maximum number of items. Default 1,000,000. */
  readonly maxItems?: number;
}

/**
 * Reads a finite stream of small items (paths, labels) once, and returns an indexed dataset of them, with `length`,
 * `at(i)` and a shuffle of all items. The list is made when a run first needs it, from epoch 0 of the stream, and kept
 * for all epochs. Ids stay the same.
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
export const indexed = stageOperator<IndexedOptions, FlowOperator<IndexedOptions>>()({
  name: "indexed",
  version: 1,
  options: { maxItems: v.optional(countSchema, 1_000_000) },
  stage(input, { maxItems }) {
    const listing = new Listing(input, maxItems);
    return declareStage({
      inputs: [input],
      text: () => [
        { name: "indexed", detail: listing.length === undefined ? "not listed yet" : `${listing.length} items` },
      ],
      identity: { name: "indexed", version: 1 },
      ownIndex: { view: (run) => listing.view(run), knownLength: () => listing.length },
    });
  },
});

/** The list of the items of a stream, made once per seed. */
class Listing {
  readonly #input: Stage<unknown>;
  readonly #maxItems: number;
  #seed: Seed | undefined;
  #list = new LazyValue<readonly Entry<unknown>[]>();

  constructor(input: Stage<unknown>, maxItems: number) {
    this.#input = input;
    this.#maxItems = maxItems;
  }

  get length(): number | undefined {
    return this.#list.known?.length;
  }

  view(run: Run): MaybePromise<IndexView<unknown>> {
    if (this.#seed !== run.seed) this.#list = new LazyValue();
    this.#seed = run.seed;
    const listed = this.#list.get((signal) => this.#read({ ...run, signal }), run.signal);
    return whenReady(listed, (entries) => ({ length: entries.length, at: (index) => entryAt(entries, index) }));
  }

  async #read(run: Run): Promise<readonly Entry<unknown>[]> {
    // Always epoch 0: the items must not depend on which run comes first.
    const base = open(this.#input, { ...run, epoch: 0 });
    const entries: Entry<unknown>[] = [];
    try {
      // A source that doesn't answer must not keep the next run from listing again.
      const next = async () => untilAborted(Promise.resolve(base.next()), run.signal);
      for (let entry = await next(); entry; entry = await next()) {
        if (entries.length >= this.#maxItems) throw tooMany(this.#maxItems);
        entries.push({ ...entry, index: entries.length });
      }
      run.signal.throwIfAborted();
    } finally {
      await base.close();
    }
    return entries;
  }
}

function entryAt(entries: readonly Entry<unknown>[], index: number): Entry<unknown> {
  const entry = entries[index];
  if (!entry) throw new RangeError(`there is no item ${index} among ${entries.length}`);
  return entry;
}

function tooMany(maxItems: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `the stream has more items than maxItems (${maxItems})`, {
    operator: "indexed",
    remedy: "Raise maxItems, or leave out indexed().",
  });
}
