import { isTypedArray } from "../samples.ts";

/**
 * Options as data: what has no canonical form (a function, a store, an instance of a class) is represented by its type.
 */
export function withoutFunctions(value: unknown): unknown {
  return plain(value, new Set());
}

function plain(value: unknown, above: Set<object>): unknown {
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null || isTypedArray(value) || value instanceof Date) return value;
  if (above.has(value)) return "a cycle";
  above.add(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isRecord = prototype === Object.prototype || prototype === null;
  let result: unknown = `an instance of ${value.constructor?.name}`;
  if (Array.isArray(value)) result = value.map((part: unknown) => plain(part, above));
  else if (isRecord)
    result = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part, above)]));
  above.delete(value);
  return result;
}
