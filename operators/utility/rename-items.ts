import type { Observable } from "rxjs";
import { isRecord } from "../../src/item/record.ts";
import type { KeyList, Keys, KeysOf, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import { fieldOf, keysOf } from "../../src/operator/fields.ts";
import { keysSchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { itemOperator } from "../declare.ts";
import { fieldTaken } from "./shared/with-new-fields.ts";

/** Options of {@link renameItems} as two lists. */
export interface RenameItemsOptions<K extends Keys = Keys, N extends Keys = Keys> {
  /** The current names of the fields. */
  readonly keys: K;
  /** The new names, one for each. */
  readonly names: N;
}

/** A record `T` with its fields renamed by `M`. */
export type Renamed<T, M extends Readonly<Record<string, string>>> = {
  [F in keyof T as F extends keyof M ? M[F] : F]: T[F];
};

/** New names by old ones, from the argument of `renameItems`. */
type NewNames<G> = G extends { readonly keys: infer K extends Keys; readonly names: infer N extends Keys }
  ? ByOldName<KeyList<K>, KeyList<N>>
  : G extends Readonly<Record<string, string>>
    ? G
    : never;

type ByOldName<K extends readonly string[], N extends readonly string[]> = {
  readonly [I in keyof K & `${number}` as K[I] & string]: I extends keyof N ? N[I] & string : never;
};

/** The argument of `renameItems`: new names by the old ones of fields `F`, or both as lists. */
type Names<F extends string> = { readonly [P in F]?: string } | RenameItemsOptions<OneOrMore<F>>;

/** Rejects names that are not among the fields `F`. */
type NoOthers<G, F extends string> = G extends RenameItemsOptions
  ? unknown
  : { readonly [P in Exclude<keyof G, F>]: never };

/** The factory of {@link renameItems}: in a pipe the old names are checked against the items. */
export type RenameItems = <T = unknown, const G extends Names<KeysOf<T>> = never>(
  names: G & NoOthers<G, KeysOf<T>>,
) => unknown extends T
  ? <U extends RecordWith<keyof NewNames<G> & string>>(source: Observable<U>) => Piped<Renamed<U, NewNames<G>>, true>
  : Operator<T, Renamed<T, NewNames<G>>, true>;

/**
 * Renames fields, all at once, so two of them can swap names. The values and the order of the fields stay the same.
 * Accepts a record of new names by old ones, or `keys` with `names` (an argument with exactly these two fields is read
 * as the latter). Deterministic.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` when another field has the new name
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { renameItems } from "voxrx/operators";
 * declare const scans: Dataset<{ t1: Volume; seg: Volume }>;
 * const renamed = scans.pipe(renameItems({ t1: "image", seg: "label" }));
 * for await (const { image, label } of renamed) console.log(image, label);
 * ```
 */
export const renameItems = itemOperator<RenameItemsOptions, RenameItems>()({
  name: "renameItems",
  version: 1,
  retains: false,
  options: { keys: keysSchema, names: keysSchema },
  called: (given) => (isLists(given) ? given : listsOf(given)),
  rules: [
    {
      test: ({ keys, names }) => [keys].flat().length === [names].flat().length,
      fault: "names must have one name for each of keys",
    },
  ],
  apply: (item: unknown, options) => {
    const names = keysOf({ keys: options.names }) ?? [];
    const renamed = new Map((keysOf(options) ?? []).map((key, n) => [key, names[n] ?? key]));
    for (const key of renamed.keys()) fieldOf(item, key);
    const result = new Map<string, unknown>();
    for (const [key, value] of Object.entries(Object(item))) {
      const name = renamed.get(key) ?? key;
      if (result.has(name)) throw fieldTaken(name);
      result.set(name, value);
    }
    return Object.fromEntries(result);
  },
});

function isLists(given: unknown): boolean {
  return isRecord(given) && Object.keys(given).sort().join() === "keys,names";
}

function listsOf(given: unknown): RenameItemsOptions<readonly string[], readonly string[]> {
  const names = Object(given);
  return { keys: Object.keys(names), names: Object.values(names) };
}
