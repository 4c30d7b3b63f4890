import { FoundOnce } from "../async/found-once.ts";
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import type { Seed } from "../random/random.ts";
import {
  type Cursor,
  cursorOverIndex,
  type Entry,
  type IndexView,
  indexOf,
  type Position,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";

/** Lists of indices into an indexed stage, found when they are first needed and then kept. A failure is not kept. */
export class IndexLists {
  readonly #make: (items: IndexView<unknown>, run: Run) => MaybePromise<readonly ArrayLike<number>[]>;
  #lists: FoundOnce<readonly ArrayLike<number>[]> | undefined;

  constructor(make: (items: IndexView<unknown>, run: Run) => MaybePromise<readonly ArrayLike<number>[]>) {
    this.#make = make;
  }

  /** The lists, if they are there already. */
  get made(): readonly ArrayLike<number>[] | undefined {
    return this.#lists?.found;
  }

  find(items: IndexView<unknown>, run: Run): MaybePromise<readonly ArrayLike<number>[]> {
    this.#lists ??= new FoundOnce((first) => this.#make(items, first));
    return this.#lists.in(run);
  }
}

/** How a {@link SubsetStage} shows itself. */
export interface SubsetText {
  readonly name: string;
  readonly detail: string;
  /** What decides which items it has, as plain data. Default: the detail. */
  readonly identity?: unknown;
}

/**
 * Some items of an indexed stage, in the order of a list of indices. Items keep their ids; the n-th repetition of an
 * item has an id of its own (`ID~n`), so that random operators after it draw something else for it.
 */
export class SubsetStage implements Stage<unknown> {
  readonly inputs: readonly [Stage<unknown>];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly identity: unknown;
  readonly lists: IndexLists;
  readonly which: number;
  readonly #text: SubsetText;

  constructor(input: Stage<unknown>, text: SubsetText, lists: IndexLists, which = 0) {
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
    this.identity = { name: text.name, which, lists: text.identity ?? text.detail };
    this.lists = lists;
    this.which = which;
    this.#text = text;
  }

  /** Some parts of one stage as one part, if that is what all of these stages are. */
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
    const union = new IndexLists((items, run) =>
      whenReady(lists.find(items, run), (found) => [places.flatMap((place) => Array.from(found[place] ?? []))]),
    );
    return new SubsetStage(input, { ...text, identity: [text.identity ?? text.detail, first.identity, places] }, union);
  }

  readonly index = (run: Run): MaybePromise<IndexView<unknown>> =>
    whenReady(indexOf(this.inputs[0], run), (items) =>
      whenReady(this.lists.find(items, run), (found) => viewOf(items, found[this.which] ?? [])),
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
    at: (place) => whenReady(items.at(chosen[place] ?? -1), (entry) => repeated(entry, pass[place] ?? 0)),
  };
}

function repeated(entry: Entry<unknown>, pass: number): Entry<unknown> {
  return pass === 0 ? entry : { ...entry, key: `${entry.key}~${pass}` };
}
