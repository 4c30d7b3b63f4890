/** Operators from one item to one item of any kind. */
import type { Observable, OperatorFunction } from "rxjs";
import type { z } from "zod";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { declareTransform, type ItemContext, type TransformDeclaration } from "../plan/transform.ts";
import { checkedBy, type DeclaredFactory, declared, schemaOf } from "./declared-factory.ts";
import type { OptionsArgument } from "./field-types.ts";
import { makeOperator } from "./make-operator.ts";
import type { Operator, Piped } from "./operator-types.ts";
import type { Checked, Rule, ShapeFor, TiedTo } from "./option-types.ts";

/** A factory of operators that give items `B` for items `A`. */
export type ItemOperator<O extends object, A, B> = (...options: OptionsArgument<O>) => Operator<A, B, true>;

/** A factory of operators that add fields `B` to any record that has the fields `A`; its other fields stay. */
export type AddsFields<O extends object, A, B> = (
  ...options: OptionsArgument<O>
) => <T extends A>(source: Observable<T>) => Piped<T & B, true>;

/** Declares an operator from item to item. `O` is its options interface, `S` the schemas of the options. */
export interface ItemDeclaration<O, S extends z.ZodRawShape, A = unknown, B = unknown> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Bumped whenever what it gives changes; caches recompute then. */
  readonly version: number;
  /** A zod schema for every option. */
  readonly options: S & TiedTo<O, S>;
  /** Rules about several options together. */
  readonly rules?: readonly Rule<Checked<S>>[];
  /** Default `deterministic`: the item decides the result. `opaque`: it is never cached, as something outside decides too. */
  readonly kind?: "deterministic" | "random" | "opaque";
  /** What of the options decides the result, as plain data. Default: all of them. */
  readonly identity?: (options: Checked<S>) => unknown;
  /** What else decides the result and may change after composition, as plain data. Default: nothing. */
  readonly surroundings?: () => unknown;
  /** Items in work at once. Default 1. */
  readonly concurrency?: (options: Checked<S>) => number;
  /** Whether it may look at the item's id, index and run although it is deterministic: none of them decides what it gives. */
  readonly seesItem?: boolean;
  /** The option that a bare argument stands for, the others behind it: `load("image", { dtype: "int16" })`. Default: none. */
  readonly bare?: keyof O & string;
  /** Makes one object of options of what a call was given, where that has another form. Default: `bare`, or it is such an object. */
  readonly called?: (given: unknown) => unknown;
  /** Makes the new item. It must not change the one that it is given. */
  apply(item: A, options: Checked<S>, context: ItemContext): MaybePromise<B>;
}

/**
 * Makes a factory of operators from item to item. Its type follows from that of `apply`, or is given: `F`, where the type of the result
 * depends on the options.
 *
 * @example
 * ```ts
 * import { type AddsFields, itemOperator, z } from "voxrx/extend";
 *
 * export interface AgeGroupOptions {
 *   // Years that a group spans. Default 10.
 *   readonly span?: number;
 * }
 *
 * export const ageGroup = itemOperator<AgeGroupOptions, AddsFields<AgeGroupOptions, { age: number }, { group: number }>>()({
 *   name: "ageGroup",
 *   version: 1,
 *   options: { span: z.int().min(1).default(10) },
 *   apply: (person: { age: number }, { span }) => ({ ...person, group: Math.floor(person.age / span) }),
 * });
 * ```
 */
export function itemOperator<O extends object, F = undefined>() {
  return <const S extends ShapeFor<O> & z.ZodRawShape, A, B>(
    declaration: ItemDeclaration<O, S, A, B>,
  ): (F extends undefined ? ItemOperator<O, A, B> : F) & DeclaredFactory => {
    const { name, version, rules, kind = "deterministic", bare, called } = declaration;
    const schema = schemaOf(declaration.options, rules);
    const { identity, surroundings, concurrency, seesItem } = declaration;
    const transform: TransformDeclaration<Checked<S>> = {
      name,
      version,
      kind,
      identity,
      surroundings,
      concurrency,
      seesItem,
      apply: (item, options, context) => declaration.apply(itemOf<A>(item), options, context),
    };
    const make = (given: unknown = {}, others: unknown = {}) => {
      const options = checkedBy<Checked<S>>(name, schema, called ? called(given) : withBare(given, bare, others));
      return makeOperator<OperatorFunction<never, unknown>>([declareTransform(transform, options)]);
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

/** Options of a call in which one of them may have been given bare, with the others behind it. */
export function withBare(given: unknown, bare: string | undefined, others: unknown = {}): unknown {
  const isOptions = typeof given === "object" && given !== null && !Array.isArray(given);
  return bare === undefined || isOptions ? given : Object.assign({}, others, { [bare]: given });
}

/** What an operator takes was checked by the compiler where it was composed. */
function itemOf<A>(item: unknown): A;
function itemOf(item: unknown): unknown {
  return item;
}
