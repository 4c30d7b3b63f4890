import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf, keysOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { checkOptions, keysSchema } from "../../src/options.ts";
import { fieldTaken } from "./new-fields.ts";
import type { KeyIn, KeyList, Keys, WithKeys } from "./record-types.ts";

/** Options of {@link renameItems} as two lists. */
export interface RenameItemsOptions<K extends Keys, N extends Keys> {
  /** Names that the fields have. */
  readonly keys: K;
  /** Names that they get, one for each. */
  readonly names: N;
}

/** A record `T` whose fields have the names that `M` gives them. */
export type Renamed<T, M extends Readonly<Record<string, string>>> = {
  [F in keyof T as F extends keyof M ? M[F] : F]: T[F];
};

type NewNames<K extends readonly string[], N extends readonly string[]> = {
  readonly [I in keyof K & `${number}` as K[I] & string]: I extends keyof N ? N[I] & string : never;
};

/**
 * Gives fields other names, all at once, so that two may change places. Values and the order of the fields stay. Takes a record of
 * old and new names, or `keys` with `names` (what has just these two fields is read as the latter). Deterministic.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` when another field has the new name
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { renameItems } from "voxrx/operators";
 * declare const scans: Dataset<{ t1: Volume; seg: Volume }>;
 * for await (const { image, label } of scans.pipe(renameItems({ t1: "image", seg: "label" }))) console.log(image, label);
 * ```
 */
export function renameItems<
  const K extends Keys,
  const N extends Keys,
  T extends WithKeys<KeyIn<K>> = WithKeys<KeyIn<K>>,
>(options: RenameItemsOptions<K, N>): IndexedOperator<T, Renamed<T, NewNames<KeyList<K>, KeyList<N>>>>;
export function renameItems<
  const M extends Readonly<Record<string, string>>,
  T extends WithKeys<keyof M & string> = WithKeys<keyof M & string>,
>(names: M): IndexedOperator<T, Renamed<T, M>>;
export function renameItems(
  given: RenameItemsOptions<Keys, Keys> | Readonly<Record<string, string>>,
): IndexedOperator<never, unknown> {
  const names = checkOptions("renameItems", schema, pairsOf(given));
  const renamed = new Map(names);
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "renameItems",
    version: 1,
    options: { names },
    apply: (item) => {
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
}

const nameSchema = z.string().min(1);
const listsSchema = z
  .strictObject({ keys: keysSchema, names: keysSchema })
  .refine(({ keys, names }) => listOf(keys).length === listOf(names).length, "not as many names as keys");
const schema = z
  .array(z.tuple([nameSchema, nameSchema]))
  .min(1, "no field is named")
  .refine((pairs) => new Set(pairs.map(([, name]) => name)).size === pairs.length, "two fields get the same name");

function pairsOf(given: object): unknown {
  if (!("keys" in given && "names" in given && Object.keys(given).length === 2)) return Object.entries(given);
  const { keys, names } = checkOptions("renameItems", listsSchema, given);
  return listOf(keys).map((key, n) => [key, listOf(names)[n]]);
}

function listOf(keys: Keys): readonly string[] {
  return keysOf({ keys }) ?? [];
}
