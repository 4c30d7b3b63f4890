/** Compares items by their content, independent of their memory layout. */
import { deepStrictEqual } from "node:assert";
import { Volume } from "../volume/volume.ts";

/**
 * An item as plain data, with the values of volumes and typed arrays. Two items are equal byte for byte if and only if
 * their plain forms are equal.
 */
export function spelledOut(value: unknown): unknown {
  if (value instanceof Volume) {
    const { dtype, shape, affine, meta, samples } = value;
    return { dtype, shape, affine: Array.from(affine), meta: spelledOut(meta), samples: Array.from(samples) };
  }
  if (ArrayBuffer.isView(value)) return { type: value.constructor.name, bytes: Array.from(bytesOfView(value)) };
  if (Array.isArray(value)) return value.map(spelledOut);
  if (value instanceof Date) return { type: "Date", time: value.getTime() };
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, inner]) => [name, spelledOut(inner)]);
  }
  return value;
}

/** Compares two items. @throws Error with the message `fault` if they are not the same */
export function assertSame(got: unknown, wanted: unknown, fault: string): void {
  try {
    deepStrictEqual(spelledOut(got), spelledOut(wanted));
  } catch (cause) {
    throw new Error(fault, { cause });
  }
}

function bytesOfView(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
