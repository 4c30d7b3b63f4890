/** `instanceof` for values that anybody may have thrown: a revoked proxy is an instance of nothing. */
export function isInstance<T>(value: unknown, kind: abstract new (...values: never[]) => T): value is T {
  try {
    return value instanceof kind;
  } catch {
    return false;
  }
}
