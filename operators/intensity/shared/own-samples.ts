import type { Dtype, TypedArray } from "../../../src/samples.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** A copy of a volume's samples, x fastest without gaps, to write to; of another element type if that is asked for. */
export function ownSamples(volume: Volume, dtype: Dtype = volume.dtype): TypedArray {
  const dense = volume.toContiguous("x-fastest", dtype);
  return dense === volume ? dense.storage.slice() : dense.storage;
}
