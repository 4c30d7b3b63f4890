/** Fields of items, whatever they hold: how operators on them are told which. */
import { z } from "zod";
import type { BareKeys, OneOrMore } from "../../../src/operator/field-types.ts";
import { keysSchema } from "../../../src/options.ts";

/** Options of `selectItems` and `deleteItems`. */
export interface ItemKeysOptions<K extends string = string, M extends boolean = boolean> {
  /** Names of the fields. */
  readonly keys: OneOrMore<K>;
  /** Whether items may lack some of the fields. Default false: it is an error. */
  readonly allowMissingKeys?: M;
}

/** Arguments of `selectItems` and `deleteItems`: the names bare, or among the options. */
export type ItemKeysArguments<K extends string, M extends boolean> = readonly [
  keys: BareKeys<K> | ItemKeysOptions<K, M>,
  options?: Omit<ItemKeysOptions<K, M>, "keys">,
];

/** The schema of {@link ItemKeysOptions}. */
export const itemKeysShape = { keys: keysSchema, allowMissingKeys: z.boolean().default(false) };
