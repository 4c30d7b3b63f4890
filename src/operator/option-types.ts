/** Types with which the compiler checks that an options interface, with its docstrings, and its schema agree. */
import type * as v from "valibot";

/** A schema for every option of `O`. */
export type ShapeFor<O> = { readonly [K in keyof O]-?: v.GenericSchema };

/** Options as a schema returns them: checked, with defaults filled in. */
export type Checked<S extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<S, undefined>>;

/**
 * The schemas of a shape, each unchanged if it accepts all that the interface allows for its option. Otherwise the type
 * is a sentence that says what is wrong. No schema has that type, so the compiler shows it at that option.
 */
export type TiedTo<O, S extends v.ObjectEntries> = {
  readonly [K in keyof S]: K extends keyof O
    ? [O[K]] extends [Frozen<v.InferInput<S[K]>>]
      ? S[K]
      : `the schema refuses some of what the interface allows for ${K & string}`
    : `the interface has no option ${K & string}`;
};

type Frozen<T> = T extends (...values: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** A rule about several options together: the test, and what is wrong if it fails. */
export interface Rule<C> {
  readonly test: (options: C) => boolean;
  /** What is wrong, as text that names the options. */
  readonly fault: string;
  /** The option to correct, if it is a single one. */
  readonly option?: string;
}
