import type { Observable } from "rxjs";
import type { KeysOf, RecordWith, Selected } from "../../src/item/record-types.ts";
import { fieldOf, presentKeys } from "../../src/operator/fields.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { itemOperator } from "../declare.ts";
import { type ItemKeysArguments, type ItemKeysOptions, itemKeysShape } from "./shared/item-keys.ts";

/** The factory of {@link selectItems}: in a pipe the names are checked against the items. */
export type SelectItems = <T = unknown, const K extends KeysOf<T> = never, M extends boolean = false>(
  ...options: ItemKeysArguments<K, M>
) => unknown extends T
  ? <U extends RecordWith<K, unknown, M>>(source: Observable<U>) => Piped<Selected<U, K>, true>
  : Operator<T, Selected<T, K>, true>;

/**
 * Keeps the given fields and drops all others. The values stay the same; the fields come in the given order.
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
export const selectItems = itemOperator<ItemKeysOptions, SelectItems>()({
  name: "selectItems",
  version: 1,
  retains: false,
  bare: "keys",
  options: itemKeysShape,
  apply: (item: unknown, options) =>
    Object.fromEntries(presentKeys(item, options).map((key) => [key, fieldOf(item, key)])),
});
