/** Types of records and of their field names, and of records with fields added, selected or removed. */

/** One value, or a list of them. */
export type OneOrMore<K> = K | readonly K[];

/** Names of fields in options: one, or a list. */
export type Keys = string | readonly string[];

/** The names in {@link Keys}. */
export type KeyIn<K extends Keys> = K extends string ? K : K extends readonly string[] ? K[number] : never;

/** {@link Keys} as a list. */
export type KeyList<K extends Keys> = K extends string ? readonly [K] : K extends readonly string[] ? K : never;

/** Names of the fields of `T` that hold a `V`. Any name if the type of the items is unknown. */
export type KeysWith<T, V> = unknown extends T
  ? string
  : keyof { [K in keyof T as NonNullable<T[K]> extends V ? K : never]: K } & string;

/** Names of all fields of `T`. Any name if the type of the items is unknown. */
export type KeysOf<T> = unknown extends T ? string : keyof T & string;

/** Records in which the fields `K` may be missing; those that are there hold a `V`. */
export type HasFields<K extends string, V = unknown> = { readonly [P in K]?: V | undefined };

/** Records that have the fields `K` with a `V` in them; they may be missing where `M` is true. */
export type RecordWith<K extends string, V = unknown, M = false> = [M] extends [true]
  ? HasFields<K, V>
  : { readonly [P in K]: V };

/** A type written out as one record. */
export type Flat<T> = { [F in keyof T]: T[F] };

/** A record with fields added; a field that was there is replaced. */
export type Added<T, A> = Flat<Omit<T, keyof A> & A>;

/** The fields `K` of a record. Like `Pick`, but the compiler never infers `K` from how the result is used. */
export type Selected<T, K extends string> = { [F in keyof T as F extends K ? F : never]: T[F] };

/** A record without the fields `K`. Like `Omit`, but optional and readonly fields stay so. */
export type Without<T, K extends string> = { [F in keyof T as F extends K ? never : F]: T[F] };
