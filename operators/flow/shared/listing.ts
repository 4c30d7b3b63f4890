/** The items of a finite stream as a list, so that they have an index. */

import { LazyValue } from "../../../src/async/lazy-value.ts";
import { type MaybePromise, whenReady } from "../../../src/async/maybe-promise.ts";
import { untilAborted } from "../../../src/async/until-aborted.ts";
import { formatBytes } from "../../../src/bytes.ts";
import { PipelineError } from "../../../src/errors.ts";
import { sizeOf } from "../../../src/item/size.ts";
import { declareStage } from "../../../src/plan/declared-stage.ts";
import { ofAllItems } from "../../../src/plan/inspection.ts";
import { type Entry, type IndexView, open, type Run, type Stage } from "../../../src/plan/stage.ts";
import type { Seed } from "../../../src/random/random.ts";

/** How much of a stream is listed. */
export interface ListingLimits {
  readonly maxItems: number;
  /** Default: no limit of its own. */
  readonly maxBytes?: number;
  /** The operator that lists, for messages. */
  readonly operator: string;
}

/** A stage with the items of a stream by index. They are read when a run first needs them, and kept. */
export function listedStage(input: Stage<unknown>, limits: ListingLimits): Stage<unknown> {
  const listing = new Listing(input, limits);
  return declareStage({
    inputs: [input],
    text: () => [
      { name: "indexed", detail: listing.length === undefined ? "not listed yet" : `${listing.length} items` },
    ],
    identity: { name: "indexed", version: 1 },
    ownIndex: { view: (run) => listing.view(run), knownLength: () => listing.length },
  });
}

/**
 * A stage that has its items by index: itself, or the list of its items, for an operator that works on small items such
 * as paths and labels.
 */
export function withIndex(input: Stage<unknown>, operator: string, maxItems: number): Stage<unknown> {
  return input.index ? input : listedStage(input, { operator, maxItems, maxBytes: 256 * 2 ** 20 });
}

/** The list of the items of a stream, made once per seed. */
class Listing {
  readonly #input: Stage<unknown>;
  readonly #limits: ListingLimits;
  #seed: Seed | undefined;
  #list = new LazyValue<readonly Entry<unknown>[]>();

  constructor(input: Stage<unknown>, limits: ListingLimits) {
    this.#input = input;
    this.#limits = limits;
  }

  get length(): number | undefined {
    return this.#list.known?.length;
  }

  view(run: Run): MaybePromise<IndexView<unknown>> {
    if (this.#seed !== run.seed) this.#list = new LazyValue();
    this.#seed = run.seed;
    // A list that is kept doesn't tell what was done to its items.
    const { only, onFile } = run.inspection ?? {};
    const listed =
      only?.trace || onFile
        ? this.#read(run)
        : this.#list.get((signal) => this.#read(ofAllItems({ ...run, signal })), run.signal);
    return whenReady(listed, (entries) => ({ length: entries.length, at: (index) => entryAt(entries, index) }));
  }

  async #read(run: Run): Promise<readonly Entry<unknown>[]> {
    const { maxItems, maxBytes = Number.POSITIVE_INFINITY, operator } = this.#limits;
    // Always epoch 0: the items must not depend on which run comes first.
    const base = open(this.#input, { ...run, epoch: 0 });
    const entries: Entry<unknown>[] = [];
    let bytes = 0;
    try {
      // A source that doesn't answer must not keep the next run from listing again.
      const next = async () => untilAborted(Promise.resolve(base.next()), run.signal);
      for (let entry = await next(); entry; entry = await next()) {
        if (entries.length >= maxItems) throw tooMany(operator, maxItems);
        bytes += maxBytes === Number.POSITIVE_INFINITY ? 0 : sizeOf(entry.value);
        if (bytes > maxBytes) throw tooLarge(operator, entries.length + 1, maxBytes);
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

function tooMany(operator: string, maxItems: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `the stream has more items than maxItems (${maxItems})`, {
    operator,
    remedy: operator === "indexed" ? "Raise maxItems, or leave out indexed()." : "Raise maxItems.",
  });
}

function tooLarge(operator: string, items: number, maxBytes: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `${items} items of the stream take more than ${formatBytes(maxBytes)}`, {
    operator,
    remedy: `Put ${operator} before the images are loaded, or put indexed() before it to keep all items in memory.`,
  });
}
