/**
 * Stages declared by what they do to a stream and, where there is one, to an index. Seed, length and cursors are
 * derived from that.
 */
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import type { Passage } from "./inspection.ts";
import { lentFrom } from "./lent-items.ts";
import {
  type Cursor,
  cursorOverIndex,
  type IndexView,
  type ItemOrder,
  indexOf,
  type Position,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";

/** Items by index, and their number, computed from those of the inputs. */
export interface DeclaredIndex {
  /** Number of items, given the lengths of the inputs. */
  length(...lengths: number[]): number;
  /** The items by index, without `length`. */
  view(
    inputs: readonly [IndexView<unknown>, ...IndexView<unknown>[]],
    run: Run,
  ): MaybePromise<Omit<IndexView<unknown>, "length">>;
}

/** A stage's own items by index, independent of those of its inputs. */
export interface OwnIndex {
  view(run: Run): MaybePromise<IndexView<unknown>>;
  /** Number of items, once it is known. */
  knownLength(): number | undefined;
}

/** A stage as data, and what it does to its inputs. */
export interface StageDeclaration {
  /** Item ids, the seed and draws come from the first one. */
  readonly inputs: readonly [Stage<unknown>, ...Stage<unknown>[]];
  /** The lines of `explain()`. */
  readonly text: StageText | (() => readonly StageText[]);
  /**
   * What determines its items: name, version, options. Left out: the stage has no effect on the items. Read each time
   * it is needed.
   */
  readonly identity?: unknown;
  /** Whether it draws random numbers. Default false. */
  readonly random?: boolean;
  /** See {@link Stage.replays}. */
  readonly replays?: boolean;
  /** See {@link Stage.rank}. */
  readonly rank?: readonly [rank: number, worldSize: number];
  /** See {@link Stage.itemOrder}. */
  readonly itemOrder?: ItemOrder | undefined;
  /** See {@link Stage.lengthVaries}. */
  readonly lengthVaries?: boolean | undefined;
  /** See {@link Stage.unrepeatable}. */
  readonly unrepeatable?: string | undefined;
  /** See {@link Stage.tuned}. */
  readonly tuned?: (() => string) | undefined;
  /** See {@link Stage.shifts}. Default: true if there is a stream and an input shifts. */
  readonly shifts?: boolean;
  /** See {@link Stage.lends}. Default: as its inputs do, if it may come after them. */
  readonly lends?: string | undefined;
  /**
   * Whether it requests an item before it is asked for one, keeps one, or closes its input before the last one was
   * used. Default true: it can't come after a stage that lends its items.
   */
  readonly holdsItems?: boolean | undefined;
  /** See {@link Stage.joinableEpoch}. */
  readonly joinableEpoch?: Stage<unknown>["joinableEpoch"];
  /** See {@link Stage.passage}. */
  readonly passage?: Passage<Stage<unknown>> | undefined;
  /** Items by index; used if all inputs have one. */
  readonly index?: DeclaredIndex | undefined;
  /** Items by index that don't follow from those of the inputs. Used instead of `index`. */
  readonly ownIndex?: OwnIndex | undefined;
  /** The stream. Left out: the items by index, one after the other. */
  readonly start?: ((run: Run, from: Position | undefined) => Cursor<unknown>) | undefined;
}

/** Makes a stage from its declaration. `T`, the type of the items, is stated by the caller and not checked. */
export function declareStage<T = unknown>(declaration: StageDeclaration): Stage<T>;
export function declareStage(declaration: StageDeclaration): Stage<unknown> {
  const { inputs, text, random = false, replays = false, start } = declaration;
  const describe = () => (typeof text === "function" ? text() : [text]);
  const operator = () => describe().at(-1)?.name ?? "a stage";
  const lends = lentFrom(inputs, operator, declaration.holdsItems ?? true);
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
    rank: declaration.rank,
    itemOrder: declaration.itemOrder,
    lengthVaries: declaration.lengthVaries,
    unrepeatable: declaration.unrepeatable,
    tuned: declaration.tuned,
    lends: declaration.lends ?? lends,
    passage: declaration.passage,
    joinableEpoch: declaration.joinableEpoch,
    shifts: declaration.shifts ?? (start !== undefined && inputs.some((input) => input.shifts)),
    index: view,
    knownLength: () => index?.knownLength(),
    start: start ?? ((run, from) => cursorOverIndex(() => viewIn(view, run), from)),
    describe,
  };
}

function viewIn(view: ((run: Run) => MaybePromise<IndexView<unknown>>) | undefined, run: Run) {
  if (view) return view(run);
  throw new Error("a declared stage must have a stream or an index");
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
    if (!first) throw new Error("a declared stage must have an input");
    const length = index.length(...found.map((view) => view.length));
    return whenReady(index.view([first, ...others], run), (view) => ({ ...view, length }));
  };
  return views(0, []);
}
