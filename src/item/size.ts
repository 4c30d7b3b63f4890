import { bytesPerSample } from "../samples.ts";
import { Volume } from "../volume/volume.ts";

/**
 * Bytes that a value takes in memory, accurate enough for a limit: samples exactly, strings and numbers roughly. An
 * object that is reached twice, even through itself, counts once.
 */
export function sizeOf(value: unknown): number {
  return sizeWith(value, (volume) => volume.byteLength);
}

/**
 * Like {@link sizeOf}, but without the copies that volumes make when they are read: independent of what was done with
 * the value.
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

// This does not use `walkItem`, because look-ahead needs the size of every item, and a visitor's calls and paths would
// cost more than the sum itself. For the same reason the set is made only for nested values: most items are flat
// records of volumes.
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
