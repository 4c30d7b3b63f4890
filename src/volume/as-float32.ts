import type { Volume } from "./volume.ts";

/** Returns the image with float32 samples: the image itself if it has them, else a copy with x fastest. */
export function asFloat32(volume: Volume): Volume {
  return volume.dtype === "float32" ? volume : volume.toContiguous("x-fastest", "float32");
}
