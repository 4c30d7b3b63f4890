import { isTypedArray } from "../samples.ts";

/** Thrown when a value has no canonical form; `path` says where in it. */
export class NotCanonical extends Error {
  readonly path: string;
  constructor(path: string, what: string) {
    super(`${path || "the value"} is ${what}, which has no canonical form`);
    this.path = path;
  }
}

/**
 * A text that is equal for equal values and differs for different ones: keys sorted, undefined fields left out, NaN,
 * infinities, -0, bigints, dates, maps, sets, regular expressions and typed arrays told apart. Functions, symbols and
 * cycles have no such text.
 *
 * @throws NotCanonical
 */
export function canonical(value: unknown): string {
  return new Writer(false, () => undefined).write(value, "");
}

/**
 * The same for items, of which all is seen that a function can see: fields in their order, also those that hold
 * undefined. `textOf` gives the text of objects of kinds that are not known here.
 *
 * @throws NotCanonical
 */
export function exact(value: unknown, textOf: (value: object) => string | undefined): string {
  return new Writer(true, textOf).write(value, "");
}

class Writer {
  readonly #isExact: boolean;
  readonly #textOf: (value: object) => string | undefined;
  readonly #above = new Set<object>();

  constructor(isExact: boolean, textOf: (value: object) => string | undefined) {
    this.#isExact = isExact;
    this.#textOf = textOf;
  }

  write(value: unknown, path: string): string {
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
        return value === null ? "null" : this.#object(value, path);
      default:
        throw new NotCanonical(path, `a ${typeof value}`);
    }
  }

  #object(value: object, path: string): string {
    if (this.#above.has(value)) throw new NotCanonical(path, "a cycle");
    this.#above.add(value);
    const text = this.#textOf(value) ?? this.#known(value, path);
    this.#above.delete(value);
    return text;
  }

  #known(value: object, path: string): string {
    if (Array.isArray(value))
      return `[${Array.from(value, (inner, n) => this.write(inner, `${path}[${n}]`)).join(",")}]`;
    if (isTypedArray(value)) return `${value.constructor.name}[${value.join(",")}]`;
    if (value instanceof Date) return `Date(${value.getTime()})`;
    if (value instanceof RegExp || value instanceof URL)
      return `${value.constructor.name}(${JSON.stringify(String(value))})`;
    if (value instanceof Set) return `Set[${this.#inOrder(Array.from(value, (inner) => this.write(inner, path)))}]`;
    if (value instanceof Map) {
      const pairs = Array.from(value, ([k, v]) => `${this.write(k, path)}=>${this.write(v, `${path}.${k}`)}`);
      return `Map[${this.#inOrder(pairs)}]`;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new NotCanonical(path, `an instance of ${value.constructor?.name ?? "a class"}`);
    }
    return this.#record(value, path);
  }

  #record(value: object, path: string): string {
    const fields = Object.entries(value);
    const seen = this.#isExact
      ? fields
      : fields.filter(([, inner]) => inner !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
    const texts = seen.map(
      ([name, inner]) => `${JSON.stringify(name)}:${this.write(inner, path ? `${path}.${name}` : name)}`,
    );
    return `{${texts.join(",")}}`;
  }

  #inOrder(texts: string[]): string {
    return (this.#isExact ? texts : texts.sort()).join(",");
  }
}
