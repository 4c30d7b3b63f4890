/** What the checks of stores share: their types, and what they store. */
import type { Store } from "../cache/store.ts";
import type { StoredItem } from "../item/stored-item.ts";
import { Volume } from "../volume/volume.ts";

/** A promise, a function that checks it with a new store, and the limits that the store should have. */
export type StoreCheck = readonly [
  promise: string,
  run: (store: Store) => Promise<void>,
  limits?: { readonly maxBytes: number },
];

/** An entry that depends on no file. */
export function stored(value: unknown): StoredItem {
  return { value, files: [] };
}

/** A volume of ascending samples, four bytes each. */
export function ramp(size = 24): Volume {
  return new Volume({ data: Float32Array.from({ length: size }, (_, i) => i), shape: [1, size, 1, 1] });
}

/** A `compute` that must not be called. */
export const neverCompute = () => Promise.reject(new Error("it was computed although it was stored"));
