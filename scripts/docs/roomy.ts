/** Larger images for blocks that cut large patches. */
import { Volume } from "voxrx";

/** The same image with more voxels along the axes that have fewer than `least`. */
export function roomy(volume: Volume, least: number): Volume {
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  const size = [nx, ny, nz].map((n) => Math.max(n, Math.ceil(least)));
  const [mx = 1, my = 1, mz = 1] = size;
  const { samples, channels } = volume;
  const data = new Float32Array(channels * mx * my * mz);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let x = 0; x < mx; x++) {
      for (let y = 0; y < my; y++) {
        const row = ((c * nx + Math.floor((x * nx) / mx)) * ny + Math.floor((y * ny) / my)) * nz;
        for (let z = 0; z < mz; z++) data[i++] = Number(samples[row + Math.floor((z * nz) / mz)]);
      }
    }
  }
  const larger = new Volume({ data, shape: [channels, mx, my, mz], affine: volume.affine, meta: volume.meta });
  return larger.mapSamples((value) => value, { dtype: volume.dtype });
}
