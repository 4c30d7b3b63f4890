/** Types of operators on fields: the record type comes from the surrounding pipe, and keys are checked against it. */
import type { Observable } from "rxjs";
import type { HasFields, KeysWith, OneOrMore } from "../item/record-types.ts";
import type { Operator, Piped } from "../plan/operator-types.ts";
import type { Volume } from "../volume/volume.ts";

/**
 * Names of fields passed before the other options. A template type, so that the compiler never takes an options object
 * for a name.
 */
export type BareKeys<K extends string> = `${K}` | readonly K[];

/** Options for the fields that an operator works on: required for records, absent for bare values of type `V`. */
export type FieldsOf<T, K, V = Volume, M extends boolean = boolean> = unknown extends T
  ? {
      /** Names of the fields to work on. Leave out for a dataset of bare values. */
      readonly keys?: OneOrMore<K>;
      /** Whether an item without one of the fields passes with that field left out. Default false: it is an error. */
      readonly allowMissingKeys?: M;
    }
  : [T] extends [V]
    ? { readonly keys?: undefined }
    : {
        /** Names of the fields to work on. */
        readonly keys: OneOrMore<K>;
        /** Whether an item without one of the fields passes with that field left out. Default false: it is an error. */
        readonly allowMissingKeys?: M;
      };

/**
 * An operator on volumes that was made outside of a pipe: it accepts any record with volumes in its fields; fields may
 * be missing if it allows that (`M`).
 */
export type OnFields<K extends string, Kept = true, M = false> = <
  T extends [M] extends [true] ? HasFields<K, Volume> : { readonly [P in K]: Volume },
>(
  source: Observable<T>,
) => Piped<T, Kept>;

/** An operator on bare volumes that was made outside of a pipe. */
export type OnVolumes<Kept = true> = (source: Observable<Volume>) => Piped<Volume, Kept>;

/**
 * The operator that a factory returns: for the pipe's items or, outside of a pipe, for any items with the fields `K`.
 */
export type OnItems<T, K extends string, Kept = true, M = false> = unknown extends T
  ? [K] extends [never]
    ? OnVolumes<Kept>
    : OnFields<K, Kept, M>
  : Operator<T, T, Kept>;

/**
 * Options that hold the name of another field with a volume: checked against the record, and completed in an editor.
 */
export type FieldNames<T, L extends PropertyKey> = [L] extends [never]
  ? unknown
  : { readonly [P in L]?: KeysWith<T, Volume> };

/**
 * Part of the type of a factory that takes functions (`lambda`), so that the compiler infers the preceding operators
 * first and knows what the functions receive. Nobody calls this signature, which takes more arguments than any other:
 * an overload that returns a plain operator is what makes the compiler wait.
 */
export type Late = <T>(...never: readonly [never, never, never]) => Operator<T, T>;

/** Arguments of a factory: one object, which can be left out if nothing in it is required. */
export type OptionsArgument<O> = Record<never, never> extends O ? readonly [options?: O] : readonly [options: O];

/**
 * A factory of operators on volumes, bare or in fields. `O` is the type of its options; `L` are the names of those that
 * hold the name of another field.
 *
 * In `pipe` the items `T` are those of the dataset: a wrong key is a compile error at that key. Stored in a variable,
 * the operator accepts any items that have volumes in its fields.
 */
export type VolumeOperator<O extends object, L extends keyof O = never, Kept = true> = <
  T = unknown,
  const K extends KeysWith<T, Volume> = never,
  M extends boolean = false,
>(
  ...options: OptionsArgument<O & FieldsOf<T, K, Volume, M> & FieldNames<T, L>>
) => OnItems<T, K, Kept, M>;
