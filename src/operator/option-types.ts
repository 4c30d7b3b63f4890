/** How an options interface, with its docstrings, and the schema that checks it are tied together by the compiler. */
import type { z } from "zod";

/** A schema for every option of `O`. */
export type ShapeFor<O> = { readonly [K in keyof O]-?: z.ZodType };

/** Options as a schema gives them: checked, defaults filled in. */
export type Checked<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

/**
 * The schemas of a shape, each as it is if it takes all that the interface allows for its option. Otherwise a sentence that says what
 * is wrong, which no schema can be: the compiler then shows it at that option.
 */
export type TiedTo<O, S extends z.ZodRawShape> = {
  readonly [K in keyof S]: K extends keyof O
    ? [O[K]] extends [Frozen<z.input<S[K]>>]
      ? S[K]
      : `the schema refuses some of what the interface allows for ${K & string}`
    : `the interface has no option ${K & string}`;
};

type Frozen<T> = T extends (...values: never[]) => unknown
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** A rule about several options together: the test, and what is wrong where it fails. */
export interface Rule<C> {
  readonly test: (options: C) => boolean;
  /** What is wrong, in words that name the options. */
  readonly fault: string;
  /** The option that is to be corrected, where it is one of them. */
  readonly option?: string;
}
