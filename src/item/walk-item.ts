/**
 * What an item can consist of, and the walk through it for all code that copies, measures, identifies or encodes items.
 */
import { Volume } from "../volume/volume.ts";
import { isPlainRecord } from "./record.ts";

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
  record(fields: readonly (readonly [name: string, value: R])[]): R;
  /**
   * Everything else: functions, symbols, maps, sets, buffers, other views, class instances. `what` describes the value
   * as text.
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
    if (value instanceof Volume) return visitor.volume(value, path);
    if (Array.isArray(value)) {
      return visitor.list(Array.from(value, (inner, n) => this.visit(inner, pathWithin(path, n), depth + 1)));
    }
    if (isPlainArray(value)) return visitor.array(value, path);
    if (value instanceof Date) return visitor.date(value);
    // A record without a prototype is also a record; its decoded form or copy has the usual prototype.
    if (isPlainRecord(value) || Object.getPrototypeOf(value) === null) {
      const fields = visitor.fieldsOf ? visitor.fieldsOf(value) : Object.entries(value);
      return visitor.record(
        fields.map(([field, inner]) => [field, this.visit(inner, pathWithin(path, field), depth + 1)] as const),
      );
    }
    const what = `an instance of ${value.constructor?.name ?? "a class"}`;
    return visitor.other(value, what, path, (inner, at) => this.visit(inner, at, depth + 1));
  }
}
