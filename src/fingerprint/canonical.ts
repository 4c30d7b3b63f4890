import { isTypedArray } from "../volume/samples.ts";

/** Thrown when a value has no canonical form; `path` says where in it. */
export class NotCanonical extends Error {
  readonly path: string;
  constructor(path: string, what: string) {
    super(`${path || "the value"} is ${what}, which has no canonical form`);
    this.path = path;
  }
}

/**
 * A text that is equal for equal values and differs for different ones: keys sorted, undefined fields left out, NaN, infinities,
 * -0, bigints, dates, maps, sets, regular expressions and typed arrays told apart. Functions, symbols and cycles have no such text.
 *
 * @throws NotCanonical
 */
export function canonical(value: unknown): string {
  return write(value, "", new Set());
}

function write(value: unknown, path: string, above: Set<object>): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : writeObject(value, path, above);
    default:
      throw new NotCanonical(path, `a ${typeof value}`);
  }
}

function writeObject(value: object, path: string, above: Set<object>): string {
  if (above.has(value)) throw new NotCanonical(path, "a cycle");
  const inside = new Set(above).add(value);
  const list = (values: Iterable<unknown>) =>
    Array.from(values, (inner, index) => write(inner, `${path}[${index}]`, inside)).join(",");
  if (Array.isArray(value)) return `[${list(value)}]`;
  if (isTypedArray(value)) return `${value.constructor.name}[${value.join(",")}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof RegExp || value instanceof URL)
    return `${value.constructor.name}(${JSON.stringify(String(value))})`;
  if (value instanceof Set)
    return `Set[${Array.from(value, (inner) => write(inner, path, inside))
      .sort()
      .join(",")}]`;
  if (value instanceof Map) {
    const pairs = Array.from(value, ([k, v]) => `${write(k, path, inside)}=>${write(v, `${path}.${k}`, inside)}`);
    return `Map[${pairs.sort().join(",")}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotCanonical(path, `an instance of ${value.constructor?.name ?? "a class"}`);
  }
  const fields = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${write(inner, path ? `${path}.${name}` : name, inside)}`);
  return `{${fields.join(",")}}`;
}
