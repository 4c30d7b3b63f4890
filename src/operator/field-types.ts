/** How operators on fields are typed: the record comes from the pipe around the call, and keys are checked against it. */
import type { Observable } from "rxjs";
import type { Volume } from "../volume/volume.ts";
import type { Operator, Piped } from "./operator-types.ts";

/** One value, or a list of them. */
export type OneOrMore<K> = K | readonly K[];

/** Names of the fields of `T` that hold a `V`. Any name, where nothing is known of the items. */
export type KeysWith<T, V> = unknown extends T
  ? string
  : keyof { [K in keyof T as NonNullable<T[K]> extends V ? K : never]: K } & string;

/** Names of all fields of `T`. Any name, where nothing is known of the items. */
export type KeysOf<T> = unknown extends T ? string : keyof T & string;

/** Names of fields given bare, before the other options. A template, so that the compiler never takes an object of options for a name. */
export type BareKeys<K extends string> = `${K}` | readonly K[];

/** Records that may have the fields `K`, and then with a `V` in them. */
export type HasFields<K extends string, V = unknown> = { readonly [P in K]?: V | undefined };

/** Records that have the fields `K` with a `V` in them; they may be missing where `M` is true. */
export type RecordWith<K extends string, V = unknown, M = false> = [M] extends [true]
  ? HasFields<K, V>
  : { readonly [P in K]: V };

/** Which fields an operator works on: required for records, absent for bare values of type `V`. */
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
 * An operator on volumes that was made outside of a pipe: it takes any record with volumes in its fields; fields may be missing if it
 * allows that (`M`).
 */
export type OnFields<K extends string, Kept = true, M = false> = <
  T extends [M] extends [true] ? HasFields<K, Volume> : { readonly [P in K]: Volume },
>(
  source: Observable<T>,
) => Piped<T, Kept>;

/** An operator on bare volumes that was made outside of a pipe. */
export type OnVolumes<Kept = true> = (source: Observable<Volume>) => Piped<Volume, Kept>;

/** The operator that a factory gives: of the pipe's items, or, outside of a pipe, of any items with the fields `K`. */
export type OnItems<T, K extends string, Kept = true, M = false> = unknown extends T
  ? [K] extends [never]
    ? OnVolumes<Kept>
    : OnFields<K, Kept, M>
  : Operator<T, T, Kept>;

/** Options that hold the name of another field with a volume: checked against the record, and completed in an editor. */
export type FieldNames<T, L extends PropertyKey> = [L] extends [never]
  ? unknown
  : { readonly [P in L]?: KeysWith<T, Volume> };

/**
 * Part of the type of a factory whose functions the compiler shall read after the operators before it, so that it knows what they get
 * (`lambda`). Nobody calls this signature, which takes more arguments than any other: that there is one which gives a plain operator is
 * what makes the compiler wait.
 */
export type Late = <T>(...never: readonly [never, never, never]) => Operator<T, T>;

/** Arguments of a factory: one object, which may be left out where nothing in it is required. */
export type OptionsArgument<O> = Record<never, never> extends O ? readonly [options?: O] : readonly [options: O];

/**
 * A factory of operators on volumes, bare or in fields. `O` are its options; `L` those of them that name another field.
 *
 * In `pipe` the items `T` are those of the dataset: a wrong key is a compile error at that key. Kept in a variable, the operator
 * takes any items that have volumes in its fields.
 */
export type VolumeOperator<O extends object, L extends keyof O = never, Kept = true> = <
  T = unknown,
  const K extends KeysWith<T, Volume> = never,
  M extends boolean = false,
>(
  ...options: OptionsArgument<O & FieldsOf<T, K, Volume, M> & FieldNames<T, L>>
) => OnItems<T, K, Kept, M>;
