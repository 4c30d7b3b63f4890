import { LazyValue } from "../async/lazy-value.ts";
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import type { Seed } from "../random/random.ts";
import { ofAllItems } from "./inspection.ts";
import { lentFrom } from "./lent-items.ts";
import { repeatedEntry } from "./repeated-entry.ts";
import {
  type Cursor,
  cursorOverIndex,
  type IndexView,
  indexOf,
  type Position,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";

/** Lists of indices into an indexed stage, made when they are first needed and then kept. A failure is not kept. */
export class IndexLists {
  readonly #make: (items: IndexView<unknown>, run: Run) => MaybePromise<readonly ArrayLike<number>[]>;
  readonly #lists = new LazyValue<readonly ArrayLike<number>[]>();

  constructor(make: (items: IndexView<unknown>, run: Run) => MaybePromise<readonly ArrayLike<number>[]>) {
    this.#make = make;
  }

  /** The lists, if they were made already. */
  get made(): readonly ArrayLike<number>[] | undefined {
    return this.#lists.known;
  }

  /**
   * The lists for the items of a stage, made once for all runs. Closing the first run that needs them does not stop the
   * work while other runs wait.
   */
  find(stage: Stage<unknown>, run: Run): MaybePromise<readonly ArrayLike<number>[]> {
    return this.#lists.get((signal) => {
      const shared = ofAllItems({ ...run, signal });
      return whenReady(indexOf(stage, shared), (items) => this.#make(items, shared));
    }, run.signal);
  }
}

/** Name, detail and identity of a {@link SubsetStage}. */
export interface SubsetText {
  readonly name: string;
  readonly detail: string;
  /** What determines which items it has, as plain data. Default: the detail. */
  readonly identity?: unknown;
}

/**
 * Some items of an indexed stage, in the order of a list of indices. Items keep their ids; the n-th repetition of an
 * item gets its own id (`ID~n`), so that random operators after it draw other values for it.
 */
export class SubsetStage implements Stage<unknown> {
  readonly inputs: readonly [Stage<unknown>];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly identity: unknown;
  readonly lists: IndexLists;
  readonly which: number;
  readonly passage = { keepsItems: true, ids: "repeats" } as const;
  readonly #text: SubsetText;

  constructor(input: Stage<unknown>, text: SubsetText, lists: IndexLists, which = 0) {
    lentFrom([input], () => text.name, true);
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
    this.identity = { name: text.name, which, lists: text.identity ?? text.detail };
    this.lists = lists;
    this.which = which;
    this.#text = text;
  }

  /** Several subsets of one stage as one subset; undefined if the stages are not all subsets from the same lists. */
  static joined(stages: readonly Stage<unknown>[], text: SubsetText): SubsetStage | undefined {
    const [first] = stages;
    if (!(first instanceof SubsetStage)) return undefined;
    const { lists } = first;
    const [input] = first.inputs;
    const places: number[] = [];
    for (const stage of stages) {
      if (!(stage instanceof SubsetStage) || stage.inputs[0] !== input || stage.lists !== lists) return undefined;
      places.push(stage.which);
    }
    const union = new IndexLists((_, run) =>
      whenReady(lists.find(input, run), (found) => [places.flatMap((place) => Array.from(found[place] ?? []))]),
    );
    return new SubsetStage(input, { ...text, identity: [text.identity ?? text.detail, first.identity, places] }, union);
  }

  readonly index = (run: Run): MaybePromise<IndexView<unknown>> =>
    whenReady(indexOf(this.inputs[0], run), (items) =>
      whenReady(this.lists.find(this.inputs[0], run), (found) => viewOf(items, found[this.which] ?? [])),
    );

  knownLength(): number | undefined {
    return this.lists.made?.[this.which]?.length;
  }

  start(run: Run, from?: Position): Cursor<unknown> {
    return cursorOverIndex(() => this.index(run), from);
  }

  describe(): readonly StageText[] {
    const { name, detail } = this.#text;
    return [{ name, detail }];
  }
}

function viewOf(items: IndexView<unknown>, chosen: ArrayLike<number>): IndexView<unknown> {
  const seen = new Map<number, number>();
  const pass = Array.from(chosen, (index) => {
    const n = seen.get(index) ?? 0;
    seen.set(index, n + 1);
    return n;
  });
  return {
    length: chosen.length,
    at: (place) => whenReady(items.at(chosen[place] ?? -1), (entry) => repeatedEntry(entry, pass[place] ?? 0)),
  };
}
