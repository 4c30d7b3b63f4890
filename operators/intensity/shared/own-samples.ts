import { resultSamples } from "../../../src/memory/result-memory.ts";
import type { Dtype, TypedArray } from "../../../src/samples.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** A writable copy of a volume's samples, x fastest without gaps, converted to `dtype`. */
export function ownSamples(volume: Volume, dtype: Dtype = volume.dtype): TypedArray {
  const dense = volume.toContiguous("x-fastest", dtype);
  if (dense.storage.buffer !== volume.storage.buffer) return dense.storage;
  const own = resultSamples(dtype, dense.size);
  own.set(dense.storage);
  return own;
}
