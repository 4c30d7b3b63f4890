/** Operators that call a user's function on fields. */

import * as v from "valibot";
import { functionSchema, keysSchema } from "../../../src/options.ts";
import { type FunctionContext, type FunctionOptions, functionOptionsShape } from "../../../src/plan/user-function.ts";

/**
 * What a function on the fields `K` of items `T` receives: their values, or the item if no field is named. Outside of a
 * pipe, the type `A` that it declares itself.
 */
export type ValueOf<T, K, A> = unknown extends T ? A : [K] extends [never] ? NoInfer<T> : NoInfer<T>[K & keyof T];

/** The options after the check. */
export interface FunctionOfFields extends FunctionOptions {
  readonly keys?: string | readonly string[];
  readonly func: (value: unknown, context: FunctionContext) => unknown;
}

/** The schemas of {@link FunctionOfFields}. */
export const functionShape = {
  keys: v.optional(keysSchema),
  func: functionSchema<FunctionOfFields["func"]>(),
  ...functionOptionsShape,
};
