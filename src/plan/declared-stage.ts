/**
 * Stages declared by what they do to a stream and, where there is one, to an index. Seed, length and cursors follow
 * from that.
 */
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
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

/** Items by index, and their number as it follows from that of the inputs. */
export interface DeclaredIndex {
  /** Number of items, from the numbers of the inputs' items. */
  length(...lengths: number[]): number;
  /** The items by index. Its `length` need not be given. */
  view(
    inputs: readonly [IndexView<unknown>, ...IndexView<unknown>[]],
    run: Run,
  ): MaybePromise<Omit<IndexView<unknown>, "length">>;
}

/** Items by index that a stage has of its own, whatever its inputs have. */
export interface OwnIndex {
  view(run: Run): MaybePromise<IndexView<unknown>>;
  /** Number of items, once it is known. */
  knownLength(): number | undefined;
}

/** What a stage is: data, and what it does to its inputs. */
export interface StageDeclaration {
  /** The first one is the line that item ids, seed and randomness come along. */
  readonly inputs: readonly [Stage<unknown>, ...Stage<unknown>[]];
  /** The lines of `explain()`. */
  readonly text: StageText | (() => readonly StageText[]);
  /** What decides its items: name, version, options. Left out: it decides nothing. Looked at when it is asked for. */
  readonly identity?: unknown;
  /** Whether it draws random numbers. Default false. */
  readonly random?: boolean;
  /** See {@link Stage.replays}. */
  readonly replays?: boolean;
  /** See {@link Stage.shifts}. Default: as an input does, if there is a stream. */
  readonly shifts?: boolean;
  /** Items by index; used if all inputs have one. */
  readonly index?: DeclaredIndex | undefined;
  /** Items by index that don't follow from those of the inputs. In place of `index`. */
  readonly ownIndex?: OwnIndex | undefined;
  /** The stream. Left out: the items by index, one after the other. */
  readonly start?: ((run: Run, from: Position | undefined) => Cursor<unknown>) | undefined;
}

/** Makes a stage of its declaration. `T` is believed: what calls this states what its items are. */
export function declareStage<T = unknown>(declaration: StageDeclaration): Stage<T>;
export function declareStage(declaration: StageDeclaration): Stage<unknown> {
  const { inputs, text, random = false, replays = false, start } = declaration;
  const before = Math.max(...inputs.map((input) => input.randomCount));
  const index = declaration.ownIndex ?? indexOver(inputs, declaration);
  const view = index && ((run: Run) => index.view(run));
  return {
    inputs,
    seed: inputs[0].seed,
    randomCount: before + (random ? 1 : 0),
    get identity() {
      return declaration.identity;
    },
    replays,
    shifts: declaration.shifts ?? (start !== undefined && inputs.some((input) => input.shifts)),
    index: view,
    knownLength: () => index?.knownLength(),
    start: start ?? ((run, from) => cursorOverIndex(() => viewIn(view, run), from)),
    describe: () => (typeof text === "function" ? text() : [text]),
  };
}

function viewIn(view: ((run: Run) => MaybePromise<IndexView<unknown>>) | undefined, run: Run) {
  if (view) return view(run);
  throw new Error("a stage that is declared has a stream or an index");
}

/** The index that follows from those of the inputs, if all of them have one. */
function indexOver(inputs: readonly Stage<unknown>[], { index }: StageDeclaration): OwnIndex | undefined {
  if (!index || inputs.some((input) => !input.index)) return undefined;
  return {
    view: (run) => viewOver(inputs, index, run),
    knownLength() {
      const lengths: number[] = [];
      for (const input of inputs) {
        const length = input.knownLength?.();
        if (length === undefined) return undefined;
        lengths.push(length);
      }
      return index.length(...lengths);
    },
  };
}

function viewOver(inputs: readonly Stage<unknown>[], index: DeclaredIndex, run: Run): MaybePromise<IndexView<unknown>> {
  const views = (n: number, found: readonly IndexView<unknown>[]): MaybePromise<IndexView<unknown>> => {
    const input = inputs[n];
    if (input) return whenReady(indexOf(input, run), (view) => views(n + 1, [...found, view]));
    const [first, ...others] = found;
    if (!first) throw new Error("a stage that is declared has an input");
    const length = index.length(...found.map((view) => view.length));
    return whenReady(index.view([first, ...others], run), (view) => ({ ...view, length }));
  };
  return views(0, []);
}
