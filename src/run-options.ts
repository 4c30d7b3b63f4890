/** What the options of sources and of runs may be: a misspelled one must not silently become a default. */
import * as v from "valibot";
import { countSchema, functionSchema, integerSchema, numberSchema } from "./options.ts";

const seedSchema = v.optional(v.union([numberSchema, v.string()]));
const signalSchema = v.optional(v.instance(AbortSignal, "an AbortSignal"));
const epochSchema = v.optional(v.pipe(integerSchema, v.minValue(0)));

/** Options of a source that has a list. */
export const listSourceSchema = v.strictObject({
  seed: seedSchema,
  name: v.optional(v.string()),
  id: v.optional(functionSchema<(item: never, index: number) => string>()),
});

/** Options of any source. */
export const sourceSchema = v.strictObject({
  ...listSourceSchema.entries,
  maxItems: v.optional(countSchema),
  overflow: v.optional(v.picklist(["error", "dropOldest", "dropNewest", "latest"])),
});

/** `ConsumeOptions`. */
export const consumeSchema = v.strictObject({ signal: signalSchema });

/** `LookOptions`. */
export const lookSchema = v.strictObject({ epoch: epochSchema, signal: signalSchema });

/** `RunOptions`. The checkpoint is read, and checked, where the run is made. */
export const runSchema = v.strictObject({
  ...lookSchema.entries,
  seed: seedSchema,
  from: v.optional(v.unknown()),
  watch: v.optional(v.boolean()),
});
