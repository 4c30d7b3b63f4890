import type { Observable } from "rxjs";
import { withoutFields } from "../../src/item/record.ts";
import type { KeysOf, RecordWith, Without } from "../../src/item/record-types.ts";
import { presentKeys } from "../../src/operator/fields.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { itemOperator } from "../declare.ts";
import { type ItemKeysArguments, type ItemKeysOptions, itemKeysShape } from "./shared/item-keys.ts";

/** The factory of {@link deleteItems}: in a pipe the names are checked against the items. */
export type DeleteItems = <T = unknown, const K extends KeysOf<T> = never, M extends boolean = false>(
  ...options: ItemKeysArguments<K, M>
) => unknown extends T
  ? <U extends RecordWith<K, unknown, M>>(source: Observable<U>) => Piped<Without<U, K>, true>
  : Operator<T, Without<T, K>, true>;

/**
 * Removes the given fields from every item. Put it before a batch or a cache, so that unused fields are not carried
 * along. Deterministic (MONAI: `DeleteItemsd`, which ignores missing fields: here with `allowMissingKeys`).
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
  retains: false,
  bare: "keys",
  options: itemKeysShape,
  apply: (item: unknown, options) => withoutFields(item, presentKeys(item, options)),
});
