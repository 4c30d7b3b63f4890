/** A user's function on fields: how operators are given one. */

import { functionSchema, keysSchema } from "../../../src/options.ts";
import { type FunctionContext, type FunctionOptions, functionOptionsShape } from "../../../src/plan/user-function.ts";

/** What a function on the fields `K` of items `T` gets: what they hold, or the item if none is named. Outside of a pipe what it says itself: `A`. */
export type ValueOf<T, K, A> = unknown extends T ? A : [K] extends [never] ? NoInfer<T> : NoInfer<T>[K & keyof T];

/** Options as they are checked. */
export interface FunctionOfFields extends FunctionOptions {
  readonly keys?: string | readonly string[];
  readonly func: (value: unknown, context: FunctionContext) => unknown;
}

/** The schemas of {@link FunctionOfFields}. */
export const functionShape = {
  keys: keysSchema.optional(),
  func: functionSchema<FunctionOfFields["func"]>(),
  ...functionOptionsShape,
};
