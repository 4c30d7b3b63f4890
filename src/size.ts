import { Volume } from "./volume/volume.ts";

/**
 * Bytes that a value holds in memory, near enough to keep a budget: samples exactly, texts and numbers roughly. What is reached twice,
 * also by way of itself, counts once.
 */
export function sizeOf(value: unknown): number {
  return typeof value === "object" && value !== null ? sizeOfObject(value, undefined) : sizeOfPlain(value);
}

function sizeOfPlain(value: unknown): number {
  return typeof value === "string" ? 16 + 2 * value.length : 8;
}

// The set is made only for what nests: most items are flat records of volumes, and this is asked of every one.
function sizeOfObject(value: object, seen: Set<object> | undefined): number {
  if (value instanceof Volume) return value.byteLength + 256;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  let bytes = 32;
  let reached = seen;
  for (const inner of value instanceof Map || value instanceof Set ? value.values() : Object.values(value)) {
    bytes += 8;
    if (typeof inner !== "object" || inner === null) {
      bytes += sizeOfPlain(inner);
      continue;
    }
    reached ??= new Set([value]);
    if (reached.has(inner)) continue;
    reached.add(inner);
    bytes += sizeOfObject(inner, reached);
  }
  return bytes;
}
