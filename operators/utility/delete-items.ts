import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import type { WithKeys, Without } from "./record-types.ts";
import { checkedKeys, type ItemKeysOptions, presentKeys } from "./select-items.ts";

/**
 * Takes the fields named out of every item. Put it before a batch or a cache, so that what nobody needs is not carried along.
 * Deterministic (MONAI: `DeleteItemsd`, which passes over missing fields: here with `allowMissingKeys`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_MISSING_KEY` for a field that an item does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { deleteItems } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; mask: Volume }>;
 * for await (const { image } of scans.pipe(deleteItems("mask"))) console.log(image.shape);
 * ```
 */
export function deleteItems<const K extends string, T extends WithKeys<K> = WithKeys<K>>(
  keys: K | readonly K[],
  options?: { readonly allowMissingKeys?: false },
): IndexedOperator<T, Without<T, K>>;
export function deleteItems<const K extends string, T extends object = object>(
  keys: K | readonly K[],
  options: ItemKeysOptions,
): IndexedOperator<T, Without<T, K>>;
export function deleteItems(
  given: string | readonly string[],
  options: ItemKeysOptions = {},
): IndexedOperator<never, unknown> {
  const { keys, allowMissingKeys } = checkedKeys("deleteItems", given, options);
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "deleteItems",
    version: 1,
    options: { keys, allowMissingKeys },
    apply: (item) => {
      const gone = new Set(presentKeys(item, keys, allowMissingKeys));
      return Object.fromEntries(Object.entries(Object(item)).filter(([name]) => !gone.has(name)));
    },
  });
}
