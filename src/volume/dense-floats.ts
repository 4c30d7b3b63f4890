import type { Volume } from "./volume.ts";

/**
 * A volume's values as float32, x fastest without gaps, for reading only. If the volume's samples already have that
 * layout and type, they are not copied.
 */
export function denseFloats(volume: Volume): Float32Array {
  const { storage: samples } = volume.toContiguous("x-fastest", "float32");
  return samples instanceof Float32Array ? samples : Float32Array.from(samples);
}
