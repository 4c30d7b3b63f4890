/** How the types of records follow what is done to their fields. */

/** Names of fields as options give them: one, or a list. */
export type Keys = string | readonly string[];

/** The names in {@link Keys}. */
export type KeyIn<K extends Keys> = K extends string ? K : K extends readonly string[] ? K[number] : never;

/** {@link Keys} as a list. */
export type KeyList<K extends Keys> = K extends string ? readonly [K] : K extends readonly string[] ? K : never;

/** A type written out as one record. */
export type Flat<T> = { [F in keyof T]: T[F] };

/** A record with fields added; a field that was there is replaced. */
export type Added<T, A> = Flat<Omit<T, keyof A> & A>;

/** The fields `K` of a record. As `Pick`, but the compiler never takes `K` from what the result is used for. */
export type Selected<T, K extends string> = { [F in keyof T as F extends K ? F : never]: T[F] };

/** A record without the fields `K`. As `Omit`, but optional and readonly fields stay so. */
export type Without<T, K extends string> = { [F in keyof T as F extends K ? never : F]: T[F] };
