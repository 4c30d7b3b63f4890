import { saturate } from "../../kernels/convert-samples.ts";
import { resultSamples } from "../../memory/result-memory.ts";
import { type Dtype, integerRange } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";

/** Number of doubles processed at a time: small enough to stay in the CPU's L1 cache. */
const blockLength = 2048;

/**
 * Converts the samples of a volume to a type. For an integer type, values are rounded to the nearest and saturated; NaN
 * becomes 0.
 */
export function asDtype(volume: Volume, dtype: Dtype): Volume {
  if (volume.dtype === dtype) return volume;
  const range = integerRange(dtype);
  if (!range) return volume.toContiguous("x-fastest", dtype);
  const { storage } = volume.toContiguous("x-fastest");
  const data = resultSamples(dtype, volume.size);
  for (let at = 0; at < volume.size; at += blockLength) {
    const block = Float64Array.from(storage.subarray(at, Math.min(at + blockLength, volume.size)));
    saturate(block, data, at, ...range);
  }
  return volume.withSamples({ data, layout: "x-fastest" });
}
