/** How `selectItems` and `deleteItems` name fields. */
import * as v from "valibot";
import type { OneOrMore } from "../../../src/item/record-types.ts";
import type { BareKeys } from "../../../src/operator/field-types.ts";
import { keysSchema } from "../../../src/options.ts";

/** Options of `selectItems` and `deleteItems`. */
export interface ItemKeysOptions<K extends string = string, M extends boolean = boolean> {
  /** Names of the fields. */
  readonly keys: OneOrMore<K>;
  /** Whether items can lack some of the fields. Default false: it is an error. */
  readonly allowMissingKeys?: M;
}

/** Arguments of `selectItems` and `deleteItems`: the names bare, or among the options. */
export type ItemKeysArguments<K extends string, M extends boolean> = readonly [
  keys: BareKeys<K> | ItemKeysOptions<K, M>,
  options?: Omit<ItemKeysOptions<K, M>, "keys">,
];

/** The schema of {@link ItemKeysOptions}. */
export const itemKeysShape = { keys: keysSchema, allowMissingKeys: v.optional(v.boolean(), false) };
