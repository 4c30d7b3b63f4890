import { bytesPerSample } from "../samples.ts";
import { Volume } from "../volume/volume.ts";

/**
 * Bytes that a value holds in memory, near enough to keep a budget: samples exactly, texts and numbers roughly. What is
 * reached twice, also by way of itself, counts once.
 */
export function sizeOf(value: unknown): number {
  return sizeWith(value, (volume) => volume.byteLength);
}

/**
 * The same, of what a value is rather than of what it holds right now: without the copies that volumes make when they
 * are read.
 */
export function lastingSizeOf(value: unknown): number {
  return sizeWith(value, (volume) => volume.size * bytesPerSample(volume.dtype));
}

type VolumeSize = (volume: Volume) => number;

function sizeWith(value: unknown, volumeSize: VolumeSize): number {
  return typeof value === "object" && value !== null ? sizeOfObject(value, volumeSize, undefined) : sizeOfPlain(value);
}

function sizeOfPlain(value: unknown): number {
  return typeof value === "string" ? 16 + 2 * value.length : 8;
}

// The set is made only for what nests: most items are flat records of volumes, and this is asked of every one.
function sizeOfObject(value: object, volumeSize: VolumeSize, seen: Set<object> | undefined): number {
  if (value instanceof Volume) return volumeSize(value) + 256;
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
    bytes += sizeOfObject(inner, volumeSize, reached);
  }
  return bytes;
}
