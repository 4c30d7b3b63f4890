/** `instanceof` for values that anybody may have thrown: a revoked proxy is an instance of nothing. */
export function isInstance<T>(value: unknown, constructor: abstract new (...values: never[]) => T): value is T {
  try {
    return value instanceof constructor;
  } catch {
    return false;
  }
}
