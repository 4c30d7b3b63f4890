/** Operators from one item to one item of any kind. */
import type { Observable, OperatorFunction } from "rxjs";
import type * as v from "valibot";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { isRecord } from "../item/record.ts";
import type { ItemContext } from "../plan/item-context.ts";
import type { Operator, Piped } from "../plan/operator-types.ts";
import { declareTransform, type TransformDeclaration } from "../plan/transform.ts";
import { checkedBy, type DeclaredFactory, declared, schemaOf } from "./declared-factory.ts";
import type { OptionsArgument } from "./field-types.ts";
import { makeOperator } from "./make-operator.ts";
import type { Checked, Rule, ShapeFor, TiedTo } from "./option-types.ts";
import { isOwn } from "./own.ts";

/** A factory of operators from items `A` to items `B`. */
export type ItemOperator<O extends object, A, B> = (...options: OptionsArgument<O>) => Operator<A, B, true>;

/** A factory of operators that add fields `B` to any record that has the fields `A`; its other fields stay. */
export type AddsFields<O extends object, A, B> = (
  ...options: OptionsArgument<O>
) => <T extends A>(source: Observable<T>) => Piped<T & B, true>;

/** Declares an operator from item to item. `O` is the interface of its options, `S` their schemas. */
export interface ItemDeclaration<O, S extends v.ObjectEntries, A = unknown, B = unknown> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Increase this whenever the results change, so that caches recompute. */
  readonly version: number;
  /** A valibot schema for every option. */
  readonly options: S & TiedTo<O, S>;
  /** Rules about several options together. */
  readonly rules?: readonly Rule<Checked<S>>[];
  /**
   * Default `deterministic`: the result depends only on the item. `opaque`: it also depends on something else, so it is
   * never cached.
   */
  readonly kind?: "deterministic" | "random" | "opaque";
  /** The part of the options that affects the result, as plain data. Default: all of them. */
  readonly identity?: (options: Checked<S>) => unknown;
  /** What else affects the result and may change after composition, as plain data. Default: nothing. */
  readonly surroundings?: () => unknown;
  /** Items in work at once. Default 1. */
  readonly concurrency?: (options: Checked<S>) => number;
  /** Remarks for `explain()`. */
  readonly notes?: () => readonly string[];
  /** Whether it can read the item's id, index and run although it is deterministic: none of them affects its result. */
  readonly seesItem?: boolean;
  /**
   * Whether it, or a function among its options, may keep a volume or samples that it received, returned or made while
   * it worked. Default true; with false the engine uses memory again that no part of the item uses any more.
   */
  readonly retains?: boolean;
  /**
   * The option that the first argument sets unless it is an options object, as in `load("image", { dtype: "int16" })`.
   * The other options follow it. Default: none.
   */
  readonly bare?: keyof O & string;
  /**
   * Makes an options object from the argument of a call, if that has another form. Default: handles `bare`, or takes
   * the argument as the options object.
   */
  readonly called?: (given: unknown) => unknown;
  /** Makes the new item. It must not change the given one. */
  apply(item: A, options: Checked<S>, context: ItemContext): MaybePromise<B>;
}

/**
 * Makes a factory of operators from item to item. Its type follows from that of `apply`. If the type of the result
 * depends on the options, state it as `F`.
 *
 * @example
 * ```ts
 * import { type AddsFields, countSchema, itemOperator, v } from "voxrx/extend";
 *
 * export interface AgeGroupOptions {
 *   // Years that a group spans. Default 10.
 *   readonly span?: number;
 * }
 *
 * type AgeGroup = AddsFields<AgeGroupOptions, { age: number }, { group: number }>;
 *
 * export const ageGroup = itemOperator<AgeGroupOptions, AgeGroup>()({
 *   name: "ageGroup",
 *   version: 1,
 *   options: { span: v.optional(countSchema, 10) },
 *   apply: (person: { age: number }, { span }) => ({ ...person, group: Math.floor(person.age / span) }),
 * });
 * ```
 */
export function itemOperator<O extends object, F = undefined>() {
  return <const S extends ShapeFor<O> & v.ObjectEntries, A, B>(
    declaration: ItemDeclaration<O, S, A, B>,
  ): (F extends undefined ? ItemOperator<O, A, B> : F) & DeclaredFactory => {
    const { name, version, rules, kind = "deterministic", bare, called } = declaration;
    const schema = schemaOf(declaration.options, rules);
    const { identity, surroundings, concurrency, notes, seesItem, retains } = declaration;
    const transform: TransformDeclaration<Checked<S>> = {
      name,
      version,
      isOwn: isOwn(),
      kind,
      identity,
      surroundings,
      concurrency,
      notes,
      seesItem,
      traits: { retains },
      apply: (item, options, context) => declaration.apply(itemOf<A>(item), options, context),
    };
    const make = (given: unknown = {}, others: unknown = {}) => {
      const whole = called ? called(given) : withBare(given, bare, others);
      const options = checkedBy<Checked<S>>(name, schema, whole);
      return makeOperator<OperatorFunction<never, unknown>>([declareTransform(transform, options, whole)]);
    };
    return declared<F extends undefined ? ItemOperator<O, A, B> : F>(make, {
      name,
      version,
      works: "items",
      random: kind === "random",
      geometric: false,
      schema,
      make,
    });
  };
}

/**
 * The options of a call; the first argument may be the value of the option `bare`, followed by an object with the other
 * options.
 */
export function withBare(given: unknown, bare: string | undefined, others: unknown = {}): unknown {
  return bare === undefined || isRecord(given) ? given : Object.assign({}, others, { [bare]: given });
}

/** The compiler checked what the operator accepts where it was composed. */
function itemOf<A>(item: unknown): A;
function itemOf(item: unknown): unknown {
  return item;
}
