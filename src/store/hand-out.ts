import { isTypedArray } from "../volume/samples.ts";
import { Volume } from "../volume/volume.ts";

/**
 * A copy of an item that nobody can change the stored one through, without copying the samples of its volumes: those are shared
 * views, which copy when they are written to. Records and lists are fresh; bare typed arrays are copied.
 */
export function handOut(value: unknown): unknown {
  if (value instanceof Volume) return value.share();
  if (isTypedArray(value)) return value.slice();
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(handOut);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, handOut(inner)]));
  }
  return value;
}
