import type { Seed } from "../random/random.ts";
import { itemFailure } from "./failure.ts";
import { isPromise, type MaybePromise, whenReady } from "./maybe.ts";
import {
  type Cursor,
  type Entry,
  type IndexView,
  indexOf,
  open,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";
import { type ItemContext, type ItemNotes, StepContext } from "./transform.ts";

/** One item to several: patches of a volume, items of a batch. */
export interface Fan {
  readonly name: string;
  readonly detail?: string | undefined;
  /** Whether it draws. Its parts then share the generator of their item. */
  readonly random: boolean;
  /** Number of parts, where it is the same for every item: a dataset behind it is then still indexed. */
  readonly count?: number | undefined;
  /** The parts of an item, in order. Part n has the key `KEY/n`. Pulled one at a time. */
  parts(item: unknown, context: ItemContext): MaybePromise<Iterable<unknown> | AsyncIterable<unknown>>;
}

/** Pulls an item, gives its parts, pulls the next. */
export class FanStage implements Stage<unknown> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly index: ((run: Run) => MaybePromise<IndexView<unknown>>) | undefined;
  readonly #input: Stage<unknown>;
  readonly #fan: Fan;

  constructor(input: Stage<unknown>, fan: Fan) {
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount + (fan.random ? 1 : 0);
    this.#input = input;
    this.#fan = fan;
    const { count } = fan;
    this.index = input.index && count !== undefined ? (run) => this.#viewOf(run, count) : undefined;
  }

  knownLength(): number | undefined {
    const length = this.#input.knownLength?.();
    return length === undefined || this.#fan.count === undefined ? undefined : length * this.#fan.count;
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    let current: PartCursor | undefined;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      for (;;) {
        const part = await current?.next();
        if (part) return part;
        const entry = await base.next();
        if (!entry) return undefined;
        current = new PartCursor(entry, run, this.#fan, this.#contextOf(entry, run));
      }
    };
    return {
      next,
      async close() {
        await current?.close();
        await base.close();
      },
    };
  }

  describe(): readonly StageText[] {
    const { name, detail, random, count } = this.#fan;
    const notes = [...(random ? ["random"] : []), ...(count === undefined ? [] : [`${count} of each item`])];
    return [{ name, ...(detail === undefined ? {} : { detail }), notes }];
  }

  #contextOf(entry: Entry<unknown>, run: Run): { context: ItemContext; notes: ItemNotes } {
    const notes: ItemNotes = {};
    const place = { operator: this.#fan.name, path: [this.#input.randomCount] };
    return { context: new StepContext(entry, run, this.seed, place, notes), notes };
  }

  #viewOf(run: Run, count: number): MaybePromise<IndexView<unknown>> {
    return whenReady(indexOf(this.#input, run), ({ length, at }) => ({
      length: length * count,
      at: async (index: number) => {
        const entry = await at(Math.floor(index / count));
        const parts = new PartCursor(entry, run, this.#fan, this.#contextOf(entry, run));
        try {
          for (let skip = index % count; ; skip--) {
            const part = await parts.next();
            if (!part) throw new Error(`${this.#fan.name} gave fewer than ${count} parts`);
            if (skip === 0) return part;
          }
        } finally {
          await parts.close();
        }
      },
    }));
  }
}

/** The parts of one item. */
class PartCursor implements Cursor<unknown> {
  readonly #entry: Entry<unknown>;
  readonly #run: Run;
  readonly #fan: Fan;
  readonly #context: ItemContext;
  readonly #notes: ItemNotes;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #count = 0;
  #done = false;

  constructor(
    entry: Entry<unknown>,
    run: Run,
    fan: Fan,
    { context, notes }: { context: ItemContext; notes: ItemNotes },
  ) {
    this.#entry = entry;
    this.#run = run;
    this.#fan = fan;
    this.#context = context;
    this.#notes = notes;
  }

  async next(): Promise<Entry<unknown> | undefined> {
    if (this.#done) return undefined;
    try {
      if (!this.#iterator) {
        const parts = await this.#fan.parts(this.#entry.value, this.#context);
        this.#iterator = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
      }
      const step = await this.#iterator.next();
      if (step.done || this.#done) {
        this.#done = true;
        return undefined;
      }
      const { key, index, draws } = this.#entry;
      const all = [...(draws ?? []), ...(this.#notes.draws ?? [])];
      const part = { key: `${key}/${this.#count++}`, index, value: step.value };
      return all.length > 0 ? { ...part, draws: all } : part;
    } catch (caught) {
      this.#done = true;
      throw itemFailure(caught, { operator: this.#fan.name, item: this.#entry.key }, this.#run.signal);
    }
  }

  close(): MaybePromise<void> {
    if (this.#done) return;
    this.#done = true;
    const returned = this.#iterator?.return?.();
    if (isPromise(returned)) return returned.then(() => undefined);
  }
}
