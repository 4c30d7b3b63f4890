import type { Volume } from "./volume.ts";

/** A volume's values as float32, x fastest without gaps, to read: the volume's own samples if that is what they are. */
export function denseFloats(volume: Volume): Float32Array {
  const { storage: samples } = volume.toContiguous("x-fastest", "float32");
  return samples instanceof Float32Array ? samples : Float32Array.from(samples);
}
