/** What the checks of stores share: their form, and what they keep. */
import type { Store, StoredItem } from "../cache/store.ts";
import { Volume } from "../volume/volume.ts";

/** A promise, what finds out about it with a fresh store, and the limits that the store is to have. */
export type StoreCheck = readonly [
  promise: string,
  run: (store: Store) => Promise<void>,
  limits?: { readonly maxBytes: number },
];

/** An entry that was made of no file. */
export function stored(value: unknown): StoredItem {
  return { value, files: [] };
}

/** A volume of ascending samples, four bytes each. */
export function ramp(size = 24): Volume {
  return new Volume({ data: Float32Array.from({ length: size }, (_, i) => i), shape: [1, size, 1, 1] });
}

/** Computes what must not be computed. */
export const neverCompute = () => Promise.reject(new Error("it was computed although it was stored"));
