import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf, keysOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { checkOptions, keysSchema } from "../../src/options.ts";
import { Volume } from "../../src/volume/volume.ts";
import type { Selected, WithKeys } from "./record-types.ts";

/** Options of {@link selectItems} and `deleteItems`. */
export interface ItemKeysOptions {
  /** Whether items may lack some of the fields. Default false: it is an error. */
  readonly allowMissingKeys?: boolean;
}

/**
 * Keeps the fields named and lets go of all others. The values stay what they are; the fields come in the order of the names.
 * Deterministic (MONAI: `SelectItemsd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_MISSING_KEY` for a field that an item does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { selectItems } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume; path: string }>;
 * for await (const pair of scans.pipe(selectItems(["image", "label"]))) console.log(Object.keys(pair));
 * ```
 */
export function selectItems<const K extends string, T extends WithKeys<K> = WithKeys<K>>(
  keys: K | readonly K[],
  options?: { readonly allowMissingKeys?: false },
): IndexedOperator<T, Selected<T, K>>;
export function selectItems<const K extends string, T extends object = object>(
  keys: K | readonly K[],
  options: ItemKeysOptions,
): IndexedOperator<T, Selected<T, K>>;
export function selectItems(
  given: string | readonly string[],
  options: ItemKeysOptions = {},
): IndexedOperator<never, unknown> {
  const { keys, allowMissingKeys } = checkedKeys("selectItems", given, options);
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "selectItems",
    version: 1,
    options: { keys, allowMissingKeys },
    apply: (item) => {
      const kept = presentKeys(item, keys, allowMissingKeys);
      return Object.fromEntries(kept.map((key) => [key, fieldOf(item, key)]));
    },
  });
}

const schema = z.strictObject({ keys: keysSchema, allowMissingKeys: z.boolean().default(false) });

/** The names of fields that an operator was given. */
export function checkedKeys(
  operator: string,
  given: string | readonly string[],
  options: ItemKeysOptions,
): { readonly keys: readonly string[]; readonly allowMissingKeys: boolean } {
  const { allowMissingKeys, ...named } = checkOptions(operator, schema, { ...options, keys: given });
  return { keys: keysOf(named) ?? [], allowMissingKeys };
}

/** The keys that an item has; all of them unless some may be missing. @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` */
export function presentKeys(item: unknown, keys: readonly string[], allowMissingKeys: boolean): readonly string[] {
  const isThere = (key: string) => Object.hasOwn(Object(item), key) && Reflect.get(Object(item), key) !== undefined;
  const isRecord = typeof item === "object" && item !== null && !(item instanceof Volume) && !Array.isArray(item);
  const present = allowMissingKeys && isRecord ? keys.filter(isThere) : keys;
  for (const key of present) fieldOf(item, key);
  return present;
}
