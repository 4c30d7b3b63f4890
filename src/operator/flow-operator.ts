/** Operators on the stream of items: declared by what they do to a stream and, where there is one, to an index. */
import type { OperatorFunction } from "rxjs";
import { z } from "zod";
import { isPromise, type MaybePromise } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { declareStage } from "../plan/declared-stage.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import { readPosition, withState } from "../plan/position.ts";
import {
  type Cursor,
  type Entry,
  findIndex,
  type IndexView,
  type OpenCursor,
  open,
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
import type { SameOperator } from "./operator-types.ts";
import type { Checked, Rule, ShapeFor, TiedTo } from "./option-types.ts";

/** The stream that an operator pulls from. */
export interface Upstream extends OpenCursor<unknown> {
  /** The stage itself: its seed, and its index if it has one. */
  readonly stage: Stage<unknown>;
  /** Pulls again from the beginning, or from a position, in this epoch or another; the cursor so far must be closed. */
  reopen(options?: { readonly from?: Position; readonly epoch?: number }): void;
}

/** What an operator does in one run. */
export interface FlowCursor {
  /** The next entry, or undefined at the end. Not called again before its promise has settled. */
  next(): MaybePromise<Entry<unknown> | undefined>;
  /** Lets go of what it holds. The input is closed after this. Default: nothing else is held. */
  close?(): MaybePromise<void>;
}

/** What is known when a stream is started. */
export interface FlowStart<S> {
  readonly run: Run;
  /** What the operator had to know where it is to continue; undefined at the beginning. */
  readonly state: S | undefined;
  /** Items given so far, if it counts them (`counts`). */
  readonly given: number;
  /** Whether it continues somewhere: false at the beginning. */
  readonly continues: boolean;
}

/** What an operator does to an index: the items by index, and their number. */
export interface FlowIndex<C> {
  /** Number of items, from that of the input's. */
  length(length: number, options: C): number;
  /** The entry at an index, made of those of the input. */
  at(items: IndexView<unknown>, index: number, options: C, run: Run): MaybePromise<Entry<unknown>>;
  /**
   * Where the stream continues with the entry at `index`, from 1 on. Default: where it does if entry n of the stream is
   * made of entry n.
   */
  positionOf?(items: IndexView<unknown>, index: number, options: C): Position;
  /** The inverse of `positionOf`; undefined for a position between two entries. */
  indexAt?(items: IndexView<unknown>, position: Position, options: C): number | undefined;
}

/** Declares an operator on the stream of items. `O` is its options interface, `S` the schemas, `T` its state. */
export interface FlowDeclaration<O, S extends z.ZodRawShape, T = undefined> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Bumped whenever what it gives changes. */
  readonly version: number;
  /** A zod schema for every option. */
  readonly options: S & TiedTo<O, S>;
  readonly rules?: readonly Rule<Checked<S>>[];
  /** The option that a bare argument stands for: `take(2)`. Default: none. */
  readonly bare?: keyof O & string;
  /** Whether it decides which items come, or their order. Default true; false for look-ahead and progress. */
  readonly decides?: boolean;
  /** What of the options decides that, as plain data. Default: all of them. */
  readonly identity?: (options: Checked<S>) => unknown;
  /** Options in words, for `explain()`. Default: all of them. */
  readonly detail?: (options: Checked<S>, input: Stage<unknown>) => string;
  /** Remarks for `explain()`. */
  readonly notes?: readonly string[];
  /** Refuses an input that it can't work on, by throwing. */
  readonly accept?: (input: Stage<unknown>, options: Checked<S>) => void;
  /** The schema of what the operator must know to continue, besides the input's position: see `withState`. */
  readonly state?: z.ZodType<T>;
  /**
   * Whether what it must know is the number of items that it has given, which is then counted for it. An item that
   * failed counts too where it has an index of its own.
   */
  readonly counts?: boolean;
  /** See {@link Stage.shifts}. Default: as the input does. */
  readonly shifts?: boolean;
  /** What it does to an index, where the input has one. Left out: what it gives is a stream. */
  readonly index?: FlowIndex<Checked<S>>;
  /** Whether it goes by index where it can, instead of along the stream. Default false, unless there is no `stream`. */
  readonly prefersIndex?: boolean;
  /** What it does to the stream, once a run. Left out: the items by index, one after the other. */
  readonly stream?: (input: Upstream, options: Checked<S>, start: FlowStart<T>) => FlowCursor;
}

/** A factory of operators that give items of the type that they take. */
export type FlowOperator<O extends object, Bare = never, Kept = true> = (
  ...options: OptionsArgument<O> | ([Bare] extends [never] ? never : readonly [bare: Bare])
) => SameOperator<Kept>;

/** Declares an operator by the stage that it puts over its input. */
export interface StageOperatorDeclaration<O, S extends z.ZodRawShape> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Bumped whenever what it gives changes. */
  readonly version: number;
  /** A zod schema for every option. */
  readonly options: S & TiedTo<O, S>;
  readonly rules?: readonly Rule<Checked<S>>[];
  /** The option that a bare argument stands for: `take(2)`. Default: none. */
  readonly bare?: keyof O & string;
  /** The stage over an input: see `declareStage`. It does no work. */
  readonly stage: (input: Stage<unknown>, options: Checked<S>) => Stage<unknown>;
}

/** Makes a factory of operators on the stream of items, where `flowOperator` does not say enough. `F` is its type. */
export function stageOperator<O extends object, F = FlowOperator<O>>() {
  return <const S extends ShapeFor<O> & z.ZodRawShape>(
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
 * Makes a factory of operators on the stream of items. `F` is its type; `FlowOperator` serves where items keep theirs.
 *
 * @example
 * ```ts
 * import { type FlowOperator, flowOperator, z } from "voxrx/extend";
 *
 * export interface EveryOptions {
 *   // Give one item of so many, the first of them.
 *   readonly step: number;
 * }
 *
 * export const every = flowOperator<EveryOptions, FlowOperator<EveryOptions, number>>()({
 *   name: "every",
 *   version: 1,
 *   bare: "step",
 *   options: { step: z.int().min(1) },
 *   index: {
 *     length: (length, { step }) => Math.ceil(length / step),
 *     at: (items, index, { step }) => items.at(index * step),
 *   },
 * });
 * ```
 */
export function flowOperator<O extends object, F = FlowOperator<O>>() {
  return <const S extends ShapeFor<O> & z.ZodRawShape, T = undefined>(
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
function flowStage<O, S extends z.ZodRawShape, T>(
  input: Stage<unknown>,
  declaration: FlowDeclaration<O, S, T>,
  options: Checked<S>,
): Stage<unknown> {
  const { name, version, decides = true, index, stream, prefersIndex = false, notes } = declaration;
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
    index: index && {
      length: (length) => index.length(length, options),
      view: ([items], run) => indexView(items, index, options, run, declaration, byIndex),
    },
    start: !stream || byIndex ? undefined : (run, from) => flowCursor(input, declaration, options, run, from),
  });
}

function notIndexed(operator: string): PipelineError {
  return new PipelineError("VOXRX_NOT_INDEXED", "it works by index, and a stream has none", {
    operator,
    remedy: "Put indexed() before it, if the items are small and finite.",
  });
}

function given(text: { readonly detail: string | undefined; readonly notes: readonly string[] | undefined }) {
  const { detail, notes } = text;
  return { ...(detail === undefined ? {} : { detail }), ...(notes === undefined ? {} : { notes }) };
}

function indexView<O, S extends z.ZodRawShape, T>(
  items: IndexView<unknown>,
  index: FlowIndex<Checked<S>>,
  options: Checked<S>,
  run: Run,
  { counts = false, state }: FlowDeclaration<O, S, T>,
  byIndex: boolean,
): Omit<IndexView<unknown>, "length"> {
  const { positionOf, indexAt } = index;
  const at = (n: number) => index.at(items, n, options, run);
  if (byIndex) return { at };
  if (positionOf && indexAt) {
    return {
      at,
      positionOf: (n) => positionOf(items, n, options),
      indexAt: (position) => indexAt(items, position, options),
    };
  }
  // The stream passes on the positions of its input, with the number of its entries where it counts them.
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
  if (state) throw new Error("a stream with a state of its own says how its positions belong to its index");
  return { at, positionOf: items.positionOf, indexAt: items.indexAt };
}

function readCount(position: Position | undefined, operator?: string) {
  return readPosition(position, z.int().min(0), operator);
}

function flowCursor<O, S extends z.ZodRawShape, T>(
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
  };
  const cursor = stream?.(input, options, start) ?? input;
  return {
    next: counts ? () => counter.counted(() => cursor.next()) : () => cursor.next(),
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

/** Adds the number of items given so far to the position of each. */
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

/** The input of a stream, opened when it is first pulled. */
function upstreamOf(stage: Stage<unknown>, run: Run, from: Position | undefined): Upstream {
  let start: { readonly run: Run; readonly from: Position | undefined } = { run, from };
  let current: OpenCursor<unknown> | undefined;
  let closed = false;
  return {
    stage,
    next: () => (closed ? undefined : (current ??= open(stage, start.run, start.from)).next()),
    async close() {
      closed = true;
      await current?.close();
    },
    reopen({ from: position, epoch = run.epoch } = {}) {
      start = { run: { ...run, epoch }, from: position };
      current = undefined;
      // A stream that was closed from outside while it was pulling stays closed.
      closed = run.signal.aborted;
    },
  };
}
