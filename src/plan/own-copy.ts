/**
 * A copy of plain data: records, lists, maps, sets, dates, bytes and numbers. What is not plain data stays itself.
 * `structuredClone` would make an empty record of a URL, and other bytes of a Buffer.
 */
export function ownCopy<T>(value: T): T;
export function ownCopy(value: unknown): unknown {
  return copied(value, new Map());
}

function copied(value: unknown, known: Map<object, object>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const before = known.get(value);
  if (before) return before;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) {
    const list: unknown[] = new Array(value.length);
    known.set(value, list);
    // Only what is there: a gap stays one.
    for (const [index, part] of Object.entries(value)) Reflect.set(list, index, copied(part, known));
    return list;
  }
  if (prototype === Object.prototype || prototype === null) {
    const record: object = Object.create(prototype);
    known.set(value, record);
    for (const [name, part] of Object.entries(value)) {
      // Also for a field with the name __proto__.
      Object.defineProperty(record, name, {
        value: copied(part, known),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return record;
  }
  if (prototype === Map.prototype && value instanceof Map)
    return new Map([...value].map(([key, part]) => [copied(key, known), copied(part, known)]));
  if (prototype === Set.prototype && value instanceof Set)
    return new Set([...value].map((part) => copied(part, known)));
  return leafCopy(value);
}

function leafCopy(value: object): object {
  if (value instanceof Date) return new Date(value);
  if (value instanceof URL) return new URL(value);
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  return ArrayBuffer.isView(value) && "slice" in value && typeof value.slice === "function" ? value.slice() : value;
}
