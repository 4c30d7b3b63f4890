/**
 * What an item can consist of, and the walk through it for all code that copies, measures, identifies or encodes items.
 */
import { jupyterDisplay, nodeInspect } from "../display.ts";
import { Volume } from "../volume/volume.ts";

/** Typed arrays that can be in a record without a volume, by name. */
export const plainArrays = {
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

/** A name of {@link plainArrays}. */
export type PlainArrayName = keyof typeof plainArrays;

/** The names of {@link plainArrays}, in a fixed order. */
export const arrayNames: readonly PlainArrayName[] = [
  "Uint8Array",
  "Uint8ClampedArray",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];

/** An array that can be in a record without a volume. */
export type PlainArray = InstanceType<(typeof plainArrays)[PlainArrayName]>;

/** The name of a typed array's class; undefined for other views, such as a Buffer. */
export function arrayNameOf(view: ArrayBufferView): PlainArrayName | undefined {
  const prototype: unknown = Object.getPrototypeOf(view);
  return arrayNames.find((name) => plainArrays[name].prototype === prototype);
}

function isPlainArray(value: object): value is PlainArray {
  return ArrayBuffer.isView(value) && arrayNameOf(value) !== undefined;
}

/** A value without inner values. */
export type PlainValue = string | number | bigint | boolean | null | undefined;

/** Visits a value inside the current one. */
export type WalkInto<R> = (inner: unknown, path: string) => R;

/** Computes a result for each part of an item. `path` says where in the item the part is; empty for the item itself. */
export interface ItemVisitor<R> {
  plain(value: PlainValue): R;
  volume(volume: Volume, path: string): R;
  array(array: PlainArray, path: string): R;
  date(date: Date): R;
  list(values: readonly R[]): R;
  /** `isBare`: the record has no prototype. */
  record(fields: readonly (readonly [name: string, value: R])[], isBare: boolean): R;
  /**
   * Everything else: functions, symbols, maps, sets, buffers, other views, class instances, and records and lists that
   * are more than their values. `what` describes the value as text.
   */
  other(value: unknown, what: string, path: string, into: WalkInto<R>): R;
  /** The fields of a record to visit, in that order. Default: all. */
  fieldsOf?(record: object): readonly (readonly [name: string, value: unknown])[];
  /** Largest nesting depth, and what to do beyond it. Default: there is no limit. */
  readonly limit?: { readonly depth: number; exceeded(path: string): never };
  /** What to do with an object that contains itself. Default: it is walked until the limit. */
  cycle?(path: string): R;
}

/** The visitor's result for a value, computed from the results for the values in it, innermost first. */
export function walkItem<R>(value: unknown, visitor: ItemVisitor<R>, path = ""): R {
  return new Walk(visitor).visit(value, path, 0);
}

/** Path of a field, or of a value in a list, within the value at `path`. */
export function pathWithin(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  return path ? `${path}.${name}` : name;
}

class Walk<R> {
  readonly #visitor: ItemVisitor<R>;
  /** The objects that contain the current one, if cycles are detected. */
  readonly #above: Set<object> | undefined;

  constructor(visitor: ItemVisitor<R>) {
    this.#visitor = visitor;
    this.#above = visitor.cycle && new Set();
  }

  visit(value: unknown, path: string, depth: number): R {
    const { limit } = this.#visitor;
    if (limit && depth > limit.depth) return limit.exceeded(path);
    switch (typeof value) {
      case "string":
      case "number":
      case "bigint":
      case "boolean":
      case "undefined":
        return this.#visitor.plain(value);
      case "object":
        return value === null ? this.#visitor.plain(value) : this.#object(value, path, depth);
      default:
        return this.#visitor.other(value, `a ${typeof value}`, path, (inner, at) => this.visit(inner, at, depth + 1));
    }
  }

  #object(value: object, path: string, depth: number): R {
    const above = this.#above;
    if (!above) return this.#parts(value, path, depth);
    if (above.has(value) && this.#visitor.cycle) return this.#visitor.cycle(path);
    above.add(value);
    const result = this.#parts(value, path, depth);
    above.delete(value);
    return result;
  }

  #parts(value: object, path: string, depth: number): R {
    const visitor = this.#visitor;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (value instanceof Volume && prototype === Volume.prototype) return visitor.volume(value, path);
    const odd = oddityOf(value, prototype);
    if (odd === undefined) {
      if (Array.isArray(value)) {
        return visitor.list(value.map((inner, n) => this.visit(inner, pathWithin(path, n), depth + 1)));
      }
      if (isPlainArray(value)) return visitor.array(value, path);
      if (value instanceof Date) return visitor.date(value);
      const fields = visitor.fieldsOf ? visitor.fieldsOf(value) : Object.entries(value);
      return visitor.record(
        fields.map(([field, inner]) => [field, this.visit(inner, pathWithin(path, field), depth + 1)] as const),
        prototype === null,
      );
    }
    return visitor.other(value, odd, path, (inner, at) => this.visit(inner, at, depth + 1));
  }
}

/**
 * Why an object is not only its values, as text: a copy of its values would differ from it. Undefined for lists,
 * records, dates and typed arrays that consist of their values.
 */
function oddityOf(value: object, prototype: unknown): string | undefined {
  if (Array.isArray(value) && prototype === Array.prototype) return oddityOfList(value);
  if (prototype === null || prototype === Object.prototype) return oddityOfRecord(value);
  if (isPlainArray(value)) return undefined;
  if (prototype === Date.prototype && value instanceof Date && Reflect.ownKeys(value).length === 0) return undefined;
  return `an instance of ${value.constructor?.name ?? "a class"}`;
}

function oddityOfList(list: readonly unknown[]): string | undefined {
  const { length } = Reflect.ownKeys(list);
  // The length is a key too.
  if (length > list.length + 1) return "a list with fields of its own";
  return length < list.length + 1 || !list.every((_, n) => n in list) ? "a list with holes" : undefined;
}

function oddityOfRecord(record: object): string | undefined {
  // How a value is displayed is not a part of it.
  const keys = Reflect.ownKeys(record).filter((key) => key !== jupyterDisplay && key !== nodeInspect);
  if (keys.some((key) => typeof key === "symbol")) return "a record with symbols as names of fields";
  for (const key of keys) {
    const field = Reflect.getOwnPropertyDescriptor(record, key);
    if (!field?.enumerable) return "a record with hidden fields";
    if (!("value" in field)) return "a record with getters";
  }
  return undefined;
}
