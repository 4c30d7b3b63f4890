/**
 * Records: items and values with named fields. There are two checks, `isRecord` and `isPlainRecord`, for different
 * purposes.
 */
import { Volume } from "../volume/volume.ts";

/** A value with named fields. */
export type AnyRecord = Readonly<Record<string, unknown>>;

/**
 * Whether a value has fields that operators can work on: any object except volumes and lists, including class
 * instances.
 */
export function isRecord(value: unknown): value is AnyRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Volume);
}

/** Whether a value is only its fields: an object as a literal makes it, not an instance of a class. */
export function isPlainRecord(value: unknown): value is AnyRecord {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A record of fields; without a prototype if it is bare. */
export function recordFrom(fields: Iterable<readonly [name: string, value: unknown]>, isBare: boolean): object {
  const record = Object.fromEntries(fields);
  if (!isBare) return record;
  // A field `__proto__` of a bare record is a field like others.
  return Object.assign(Object.create(null), record);
}

/** The value of a field; undefined if there is no such field or the item is not a record. */
export function fieldIn(item: unknown, name: string): unknown {
  return isRecord(item) && Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Whether an item is a record that holds something in a field. */
export function hasField(item: unknown, name: string): boolean {
  return fieldIn(item, name) !== undefined;
}

/** A copy of a record with fields added or replaced. */
export function withFields(item: unknown, fields: Iterable<readonly [name: string, value: unknown]>): object {
  // Not Object.assign, which would make a field `__proto__` the prototype.
  return { ...Object(item), ...Object.fromEntries(fields) };
}

/** A copy of a record without some of its fields. */
export function withoutFields(item: unknown, names: Iterable<string>): object {
  const removed = new Set(names);
  return Object.fromEntries(Object.entries(Object(item)).filter(([name]) => !removed.has(name)));
}
