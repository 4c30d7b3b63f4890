import { type ItemVisitor, type PlainArray, type PlainValue, type WalkInto, walkItem } from "../item/walk-item.ts";
import { isTypedArray } from "../samples.ts";
import type { Volume } from "../volume/volume.ts";

/** Thrown when a value has no canonical form; `path` says which part of it. */
export class NotCanonical extends Error {
  readonly path: string;
  constructor(path: string, what: string) {
    super(`${path || "the value"} is ${what}, which has no canonical form`);
    this.path = path;
  }
}

/**
 * A string that is equal for equal values and different for different ones: fields sorted by name, undefined fields
 * left out; NaN, infinities, -0, bigints, dates, maps, sets, regular expressions and typed arrays distinguished.
 * Functions, symbols and cycles have no such string.
 *
 * @throws NotCanonical
 */
export function canonical(value: unknown): string {
  return walkItem(value, new Writer(false, () => undefined, Object.entries));
}

/**
 * The same for items, with everything that a function can see: fields in their order, including undefined ones.
 * `textOf` returns the string for volumes and views of memory; if it returns undefined, they are written as values.
 * `fieldsOf` returns the fields of a record that count; default all.
 *
 * @throws NotCanonical
 */
export function exact(
  value: unknown,
  textOf: (value: object) => string | undefined,
  fieldsOf: FieldsOf = Object.entries,
): string {
  return walkItem(value, new Writer(true, textOf, fieldsOf));
}

/** The fields of a record that count. */
type FieldsOf = (record: object) => readonly (readonly [name: string, value: unknown])[];

/** Writes values as strings. Values with samples are written by `textOf`, if it returns a string for them. */
class Writer implements ItemVisitor<string> {
  readonly #isExact: boolean;
  readonly #textOf: (value: object) => string | undefined;
  readonly #fieldsOf: FieldsOf;

  constructor(isExact: boolean, textOf: (value: object) => string | undefined, fieldsOf: FieldsOf) {
    this.#fieldsOf = fieldsOf;
    this.#isExact = isExact;
    this.#textOf = textOf;
  }

  plain(value: PlainValue): string {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    return Object.is(value, -0) ? "-0" : String(value);
  }

  volume(volume: Volume, path: string): string {
    return this.#textOf(volume) ?? refused(path, "an instance of Volume");
  }

  array(array: PlainArray, path: string): string {
    return this.#view(array, path);
  }

  date(date: Date): string {
    return `Date(${date.getTime()})`;
  }

  list(texts: readonly string[]): string {
    return `[${texts.join(",")}]`;
  }

  record(fields: readonly (readonly [name: string, text: string])[], isBare: boolean): string {
    const text = `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
    return isBare && this.#isExact ? `Bare${text}` : text;
  }

  fieldsOf(record: object): readonly (readonly [name: string, value: unknown])[] {
    const fields = this.#fieldsOf(record);
    if (this.#isExact) return fields;
    return fields.filter(([, inner]) => inner !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  cycle(path: string): string {
    return refused(path, "a cycle");
  }

  other(value: unknown, what: string, path: string, into: WalkInto<string>): string {
    if (ArrayBuffer.isView(value)) return this.#view(value, path);
    if (value instanceof RegExp || value instanceof URL)
      return `${value.constructor.name}(${JSON.stringify(String(value))})`;
    if (value instanceof Set) return `Set[${this.#inOrder(Array.from(value, (inner) => into(inner, path)))}]`;
    if (value instanceof Map) {
      const pairs = Array.from(value, ([k, v]) => {
        const key = into(k, path);
        return `${key}=>${into(v, `${path}.${key}`)}`;
      });
      return `Map[${this.#inOrder(pairs)}]`;
    }
    return refused(path, what);
  }

  #view(view: ArrayBufferView, path: string): string {
    const { name } = view.constructor;
    const values = () =>
      isTypedArray(view)
        ? `${name}[${Array.from(view, (value) => this.plain(value)).join(",")}]`
        : refused(path, `an instance of ${name}`);
    return this.#textOf(view) ?? values();
  }

  #inOrder(texts: string[]): string {
    return (this.#isExact ? texts : texts.sort()).join(",");
  }
}

function refused(path: string, what: string): never {
  throw new NotCanonical(path, what);
}
