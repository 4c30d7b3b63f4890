/** Operators on the stream of items: declared by what they do to a stream and, where there is one, to an index. */
import type { OperatorFunction } from "rxjs";
import * as v from "valibot";
import { isPromise, type MaybePromise } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { declareStage } from "../plan/declared-stage.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import type { SameOperator } from "../plan/operator-types.ts";
import { readPosition, withState } from "../plan/position.ts";
import {
  type Cursor,
  type Entry,
  findIndex,
  type IndexView,
  indexOf,
  type Position,
  positionIn,
  type Run,
  type Stage,
} from "../plan/stage.ts";
import { optionsText } from "../plan/transform.ts";
import { checkDeclared, checkedBy, type DeclaredFactory, declared, schemaOf } from "./declared-factory.ts";
import type { OptionsArgument } from "./field-types.ts";
import { withBare } from "./item-operator.ts";
import { makeOperator } from "./make-operator.ts";
import type { Checked, Rule, ShapeFor, TiedTo } from "./option-types.ts";
import { type Upstream, upstreamOf } from "./upstream.ts";

/** One run of an operator. */
export interface FlowCursor {
  /** The next entry, or undefined at the end. Not called again before its promise has settled. */
  next(): MaybePromise<Entry<unknown> | undefined>;
  /** Releases what the operator has open. The input is closed after this. Default: there is nothing else to release. */
  close?(): MaybePromise<void>;
}

/** What the operator receives when a stream is started. */
export interface FlowStart<S> {
  readonly run: Run;
  /** The operator's state at the position from which it continues; undefined at the beginning. */
  readonly state: S | undefined;
  /** Number of items yielded so far, if the operator counts them (`counts`). */
  readonly given: number;
  /** Whether it continues from a position: false at the beginning. */
  readonly continues: boolean;
  /** Where the input continues; undefined at its beginning. */
  readonly base: Position | undefined;
  /** The items of the input by index, and whether an item that fails shifts them; undefined for a stream. */
  readonly items: { readonly view: () => MaybePromise<IndexView<unknown>>; readonly shifts: boolean } | undefined;
}

/** What an operator does to an index: the items by index, and their number. */
export interface FlowIndex<C> {
  /** Number of items, given the length of the input. */
  length(length: number, options: C): number;
  /** The entry at an index, made from entries of the input. `input` is the stage that they come from. */
  at(
    items: IndexView<unknown>,
    index: number,
    options: C,
    run: Run,
    input: Stage<unknown>,
  ): MaybePromise<Entry<unknown>>;
  /**
   * Where the stream continues with the entry at `index`, from 1 on. Default: the position if entry n of the stream is
   * made from entry n of the input.
   */
  positionOf?(items: IndexView<unknown>, index: number, options: C): Position;
  /** The inverse of `positionOf`; undefined for a position between two entries. */
  indexAt?(items: IndexView<unknown>, position: Position, options: C): number | undefined;
}

/**
 * Declares an operator on the stream of items. `O` is the interface of its options, `S` their schemas, `T` its state.
 */
export interface FlowDeclaration<O, S extends v.ObjectEntries, T = undefined> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Increase this whenever the results change. */
  readonly version: number;
  /** A valibot schema for every option. */
  readonly options: S & TiedTo<O, S>;
  readonly rules?: readonly Rule<Checked<S>>[];
  /** The option that the argument sets unless it is an options object: `take(2)`. Default: none. */
  readonly bare?: keyof O & string;
  /** Whether it affects which items come, or their order. Default true; false for look-ahead and progress. */
  readonly decides?: boolean;
  /** The part of the options that affects that, as plain data. Default: all of them. */
  readonly identity?: (options: Checked<S>) => unknown;
  /** Options as text, for `explain()`. Default: all of them. */
  readonly detail?: (options: Checked<S>, input: Stage<unknown>) => string;
  /** Remarks for `explain()`. */
  readonly notes?: readonly string[];
  /** Refuses an input that it can't work on, by throwing. */
  readonly accept?: (input: Stage<unknown>, options: Checked<S>) => void;
  /** The schema of the state that the operator needs to continue, besides the input's position: see `withState`. */
  readonly state?: v.GenericSchema<unknown, T>;
  /**
   * Whether that state is the number of items that it has yielded, which is then counted for it. An item that failed
   * also counts if it has its own index.
   */
  readonly counts?: boolean;
  /** See {@link Stage.shifts}. Default: as the input does. */
  readonly shifts?: boolean;
  /** What it does to an index, if the input has one. Left out: the result is only a stream. */
  readonly index?: FlowIndex<Checked<S>>;
  /** Whether it uses the index where possible, instead of the stream. Default false, unless there is no `stream`. */
  readonly prefersIndex?: boolean;
  /**
   * How single items, and parts of a plan, go through it. `items`: it passes on items of its input, and looks at none of
   * them; `repeats`: so it does, and repetitions get the id `ID~n`; `indices`: so it does by index, and counts them in
   * a stream. `failures`: like `items`, and it says what happens to those that fail. `gathers`: it makes one item of
   * several. Default: any item may depend on all others.
   */
  readonly passes?: "items" | "repeats" | "indices" | "failures" | "gathers";
  /** What it does to the stream, called once per run. Left out: the items by index, one after the other. */
  readonly stream?: (input: Upstream, options: Checked<S>, start: FlowStart<T>) => FlowCursor;
}

/** A factory of operators that don't change the type of items. */
export type FlowOperator<O extends object, Bare = never, Kept = true> = (
  ...options: OptionsArgument<O> | ([Bare] extends [never] ? never : readonly [bare: Bare])
) => SameOperator<Kept>;

/** Declares an operator by the stage that it puts on top of its input. */
export interface StageOperatorDeclaration<O, S extends v.ObjectEntries> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Increase this whenever the results change. */
  readonly version: number;
  /** A valibot schema for every option. */
  readonly options: S & TiedTo<O, S>;
  readonly rules?: readonly Rule<Checked<S>>[];
  /** The option that the argument sets unless it is an options object: `take(2)`. Default: none. */
  readonly bare?: keyof O & string;
  /** The stage over an input: see `declareStage`. It does no work. */
  readonly stage: (input: Stage<unknown>, options: Checked<S>) => Stage<unknown>;
}

/**
 * Makes a factory of operators on the stream of items, for operators that `flowOperator` can't express. `F` is the type
 * of the factory.
 */
export function stageOperator<O extends object, F = FlowOperator<O>>() {
  return <const S extends ShapeFor<O> & v.ObjectEntries>(
    declaration: StageOperatorDeclaration<O, S>,
  ): F & DeclaredFactory => {
    const { name, version, rules, bare, stage } = declaration;
    const schema = schemaOf(declaration.options, rules);
    const make = (given: unknown = {}) => {
      const options = checkedBy<Checked<S>>(name, schema, withBare(given, bare));
      return makeOperator<OperatorFunction<never, unknown>>((input) => stage(input, options));
    };
    return declared<F>(make, { name, version, works: "stream", random: false, geometric: false, schema, make });
  };
}

/**
 * Makes a factory of operators on the stream of items. `F` is the type of the factory; use `FlowOperator` if items keep
 * their type.
 *
 * @example
 * ```ts
 * import { countSchema, type FlowOperator, flowOperator } from "voxrx/extend";
 *
 * export interface EveryOptions {
 *   // Keep the first of every `step` items.
 *   readonly step: number;
 * }
 *
 * export const every = flowOperator<EveryOptions, FlowOperator<EveryOptions, number>>()({
 *   name: "every",
 *   version: 1,
 *   bare: "step",
 *   options: { step: countSchema },
 *   index: {
 *     length: (length, { step }) => Math.ceil(length / step),
 *     at: (items, index, { step }) => items.at(index * step),
 *   },
 * });
 * ```
 */
export function flowOperator<O extends object, F = FlowOperator<O>>() {
  return <const S extends ShapeFor<O> & v.ObjectEntries, T = undefined>(
    declaration: FlowDeclaration<O, S, T>,
  ): F & DeclaredFactory => {
    const { name, version, options, rules, bare, index, stream } = declaration;
    checkDeclared(name, index !== undefined || stream !== undefined, "stream, index, or both");
    return stageOperator<O, F>()<S>({
      name,
      version,
      options,
      ...(rules && { rules }),
      ...(bare === undefined ? {} : { bare }),
      stage: (input, checked) => flowStage(input, declaration, checked),
    });
  };
}

/** The stage of a declared flow operator over an input. */
function flowStage<O, S extends v.ObjectEntries, T>(
  input: Stage<unknown>,
  declaration: FlowDeclaration<O, S, T>,
  options: Checked<S>,
): Stage<unknown> {
  const { name, version, decides = true, index, stream, prefersIndex = false, notes, passes } = declaration;
  declaration.accept?.(input, options);
  if (!stream && !input.index) throw notIndexed(name);
  const detail = () => declaration.detail?.(options, input) ?? optionsText(options);
  const identity = declaration.identity ? declaration.identity(options) : options;
  const byIndex = input.index !== undefined && index !== undefined && (prefersIndex || !stream);
  const shifts = !byIndex && declaration.shifts;
  return declareStage({
    inputs: [input],
    ...(shifts === undefined ? {} : { shifts }),
    text: () => [{ name, ...given({ detail: detail(), notes }) }],
    identity: decides ? { name, version, options: identity } : undefined,
    holdsItems: passes !== "failures",
    passage: {
      keepsItems: passes !== undefined && passes !== "gathers" && (passes !== "indices" || input.index !== undefined),
      ...(passes === "repeats" ? { ids: passes } : {}),
      gathers: passes === "gathers",
      over: passes === "failures" ? (other) => flowStage(other, declaration, options) : undefined,
    },
    index: index && {
      length: (length) => index.length(length, options),
      view: ([items], run) => {
        const at = (n: number) => index.at(items, n, options, run, input);
        return indexView(items, index, options, at, declaration, byIndex);
      },
    },
    start: !stream || byIndex ? undefined : (run, from) => flowCursor(input, declaration, options, run, from),
  });
}

function notIndexed(operator: string): PipelineError {
  return new PipelineError("VOXRX_NOT_INDEXED", "the operator needs items by index, and its input is only a stream", {
    operator,
    remedy: "Put indexed() before it, if the items are small and finite.",
  });
}

function given(text: { readonly detail: string | undefined; readonly notes: readonly string[] | undefined }) {
  const { detail, notes } = text;
  return { ...(detail === undefined ? {} : { detail }), ...(notes === undefined ? {} : { notes }) };
}

function indexView<O, S extends v.ObjectEntries, T>(
  items: IndexView<unknown>,
  index: FlowIndex<Checked<S>>,
  options: Checked<S>,
  at: (index: number) => MaybePromise<Entry<unknown>>,
  { counts = false, state }: FlowDeclaration<O, S, T>,
  byIndex: boolean,
): Omit<IndexView<unknown>, "length"> {
  const { positionOf, indexAt } = index;
  if (byIndex) return { at };
  if (positionOf && indexAt) {
    return {
      at,
      positionOf: (n) => positionOf(items, n, options),
      indexAt: (position) => indexAt(items, position, options),
    };
  }
  // The stream passes on the positions of its input, with the number of its entries if it counts them.
  if (counts) {
    return {
      at,
      positionOf: (n) => [positionIn(items, n), n],
      indexAt(position) {
        const { base, state: count } = readCount(position);
        return base !== undefined && findIndex(items, base) === count ? count : undefined;
      },
    };
  }
  if (state) throw new Error("a stream with state and an index must declare positionOf and indexAt");
  return { at, positionOf: items.positionOf, indexAt: items.indexAt };
}

function readCount(position: Position | undefined, operator?: string) {
  return readPosition(position, v.pipe(v.number(), v.integer(), v.minValue(0)), operator);
}

function flowCursor<O, S extends v.ObjectEntries, T>(
  stage: Stage<unknown>,
  { name, counts = false, state: schema, stream }: FlowDeclaration<O, S, T>,
  options: Checked<S>,
  run: Run,
  from: Position | undefined,
): Cursor<unknown> {
  const counted = readCount(counts ? from : undefined, name);
  const stated = schema && !counts ? readPosition(from, schema, name) : undefined;
  const base = counts ? counted.base : stated ? stated.base : from;
  const input = upstreamOf(stage, run, base);
  const counter = new Counter(counted.state ?? 0, stage.index !== undefined && !stage.shifts);
  const start: FlowStart<T> = {
    run,
    state: stated?.state,
    get given() {
      return counter.count;
    },
    continues: from !== undefined,
    base,
    items: stage.index && { view: () => indexOf(stage, run), shifts: stage.shifts ?? false },
  };
  const cursor = stream?.(input, options, start) ?? input;
  return {
    next: counts ? () => counter.counted(() => cursor.next()) : () => cursor.next(),
    get item() {
      return input.latest;
    },
    async close() {
      try {
        const closing = cursor === input ? undefined : cursor.close?.();
        if (isPromise(closing)) await closing;
      } finally {
        await input.close();
      }
    },
  };
}

/** Adds the number of items yielded so far to the position of each. */
class Counter {
  count: number;
  readonly #countsFailures: boolean;

  constructor(count: number, countsFailures: boolean) {
    this.count = count;
    this.#countsFailures = countsFailures;
  }

  counted(next: FlowCursor["next"]): MaybePromise<Entry<unknown> | undefined> {
    try {
      const entry = next();
      return isPromise(entry) ? entry.then(this.#passed, this.#failed) : this.#passed(entry);
    } catch (error) {
      return this.#failed(error);
    }
  }

  readonly #passed = (entry: Entry<unknown> | undefined): Entry<unknown> | undefined =>
    entry && withState(entry, ++this.count);

  readonly #failed = (error: unknown): never => {
    if (this.#countsFailures && isItemFailure(error)) this.count++;
    throw error;
  };
}
