import { isPromise, type MaybePromise, whenReady } from "./maybe.ts";
import { PassStage } from "./pass-stage.ts";
import { type Cursor, cursorOverIndex, type Entry, type IndexView, indexOf, type Run, type Stage } from "./stage.ts";

/** Lists of indices into an indexed stage, found when they are first needed and then kept. A failure is not kept. */
export class IndexLists {
  readonly #make: (items: IndexView<unknown>, run: Run) => MaybePromise<readonly ArrayLike<number>[]>;
  #making: MaybePromise<readonly ArrayLike<number>[]> | undefined;
  #made: readonly ArrayLike<number>[] | undefined;

  constructor(make: (items: IndexView<unknown>, run: Run) => MaybePromise<readonly ArrayLike<number>[]>) {
    this.#make = make;
  }

  /** The lists, if they are there already. */
  get made(): readonly ArrayLike<number>[] | undefined {
    return this.#made;
  }

  find(items: IndexView<unknown>, run: Run): MaybePromise<readonly ArrayLike<number>[]> {
    if (this.#made) return this.#made;
    const isMine = !this.#making;
    const making = (this.#making ??= whenReady(this.#make(items, run), (lists) => (this.#made = lists)));
    if (!isPromise(making)) return making;
    return Promise.resolve(making).catch((error: unknown) => {
      if (this.#making === making) this.#making = undefined;
      // The run that was looking for all of us may only have been closed: this one goes on.
      if (isMine || run.signal.aborted) throw error;
      return this.find(items, run);
    });
  }
}

/** How a {@link SubsetStage} shows itself. */
export interface SubsetText {
  readonly name: string;
  readonly detail: string;
}

/**
 * Some items of an indexed stage, in the order of a list of indices. Items keep their keys; the n-th repetition of an item has a key
 * of its own (`KEY~n`), so that what is random behind it draws anew.
 */
export class SubsetStage extends PassStage {
  readonly #text: SubsetText;
  readonly lists: IndexLists;
  readonly which: number;

  constructor(input: Stage<unknown>, text: SubsetText, lists: IndexLists, which = 0) {
    super(input);
    this.#text = text;
    this.lists = lists;
    this.which = which;
    this.index = (run) =>
      whenReady(indexOf(input, run), (items) =>
        whenReady(lists.find(items, run), (found) => viewOf(items, found[which] ?? [])),
      );
  }

  /** Some parts of one stage as one part, if that is what all of these stages are. */
  static joined(stages: readonly Stage<unknown>[], text: SubsetText): SubsetStage | undefined {
    const [first] = stages;
    if (!(first instanceof SubsetStage)) return undefined;
    const { inputs, lists } = first;
    const [input] = inputs;
    const places: number[] = [];
    for (const stage of stages) {
      if (!(stage instanceof SubsetStage) || stage.inputs[0] !== input || stage.lists !== lists) return undefined;
      places.push(stage.which);
    }
    if (!input) return undefined;
    const union = new IndexLists((items, run) =>
      whenReady(lists.find(items, run), (found) => [places.flatMap((place) => Array.from(found[place] ?? []))]),
    );
    return new SubsetStage(input, text, union);
  }

  knownLength(): number | undefined {
    return this.lists.made?.[this.which]?.length;
  }

  start(run: Run): Cursor<unknown> {
    return cursorOverIndex(() => indexOf(this, run));
  }

  describe() {
    return [this.#text];
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
