import type { MaybePromise } from "./maybe.ts";
import type { dropped, ItemContext, TransformDeclaration } from "./transform.ts";

/** What a user's function is told besides the item. */
export type FunctionContext = Pick<ItemContext, "key" | "index" | "signal" | "random" | "dependsOn">;

/** What every operator that takes a user's function may be told of it. */
export interface FunctionOptions {
  /** Name in `explain()` and messages. Default: the function's own name, else the operator's. */
  readonly name?: string;
  /**
   * States that the function is deterministic and gives its version: a cache may then hold what it gives, until the version or the
   * function's text changes. Default: none; nobody knows what it does, and a cached prefix ends before it.
   */
  readonly version?: number | string;
}

/**
 * Declares a user's function as a transform: deterministic if it states a version, opaque otherwise. Its text is part of its
 * fingerprint, so that two functions of one name and version are still told apart.
 */
export function declareFunction<A, B>(
  operator: string,
  fn: (item: A, context: FunctionContext) => MaybePromise<B | typeof dropped>,
  options: FunctionOptions,
  identity: (...values: never[]) => unknown = fn,
): TransformDeclaration<A, B> {
  const { name = identity.name || operator, version } = options;
  return {
    name: name === operator ? operator : `${operator} ${name}`,
    version: version ?? 0,
    options: version === undefined ? undefined : { version },
    identity: version === undefined ? undefined : String(identity),
    kind: version === undefined ? "opaque" : "deterministic",
    apply: fn,
  };
}
