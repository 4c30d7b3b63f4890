import { Volume } from "./volume/volume.ts";

/** Bytes that a value holds in memory, near enough to keep a budget: samples exactly, texts and numbers roughly. */
export function sizeOf(value: unknown): number {
  if (value instanceof Volume) return value.byteLength + 256;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === "string") return 16 + 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof ArrayBuffer) return value.byteLength;
  let bytes = 32;
  for (const inner of value instanceof Map || value instanceof Set ? value.values() : Object.values(value)) {
    bytes += 8 + sizeOf(inner);
  }
  return bytes;
}
