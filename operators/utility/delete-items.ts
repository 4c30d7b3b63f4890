import type { Observable } from "rxjs";
import type { KeysOf, RecordWith } from "../../src/operator/field-types.ts";
import { presentKeys } from "../../src/operator/fields.ts";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { type ItemKeysArguments, type ItemKeysOptions, itemKeysShape } from "./shared/item-keys.ts";
import type { Without } from "./shared/record-types.ts";

/** The factory of {@link deleteItems}: in a pipe the names are checked against the items. */
export type DeleteItems = <T = unknown, const K extends KeysOf<T> = never, M extends boolean = false>(
  ...options: ItemKeysArguments<K, M>
) => unknown extends T
  ? <U extends RecordWith<K, unknown, M>>(source: Observable<U>) => Piped<Without<U, K>, true>
  : Operator<T, Without<T, K>, true>;

/**
 * Removes the fields named from every item. Put it before a batch or a cache, so that what nobody needs is not carried along.
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
export const deleteItems = itemOperator<ItemKeysOptions, DeleteItems>()({
  name: "deleteItems",
  version: 1,
  bare: "keys",
  options: itemKeysShape,
  apply: (item: unknown, options) => {
    const removed = new Set(presentKeys(item, options));
    return Object.fromEntries(Object.entries(Object(item)).filter(([name]) => !removed.has(name)));
  },
});
