/** Generates scans of 16 x 16 x 16 voxels with a sphere in noise, and their labels. */
import { Random, Volume } from "voxrx";

/** The n-th scan: the same in every run. */
export function sphereScan(n: number): { image: Volume; label: Volume } {
  const random = new Random("spheres", n);
  const size = 16;
  const [x0, y0, z0, radius] = [0, 1, 2, 3].map((at) => random.uniform(...(at < 3 ? [6, 10] : [3, 5])));
  const image = new Float32Array(size ** 3);
  const label = new Float32Array(size ** 3);
  for (let at = 0; at < image.length; at++) {
    const [x, y, z] = [Math.floor(at / size ** 2), Math.floor(at / size) % size, at % size];
    const isInside = Math.hypot(x - (x0 ?? 0), y - (y0 ?? 0), z - (z0 ?? 0)) < (radius ?? 0);
    label[at] = isInside ? 1 : 0;
    image[at] = random.normal(isInside ? 2 : 1, 0.7);
  }
  const shape = [1, size, size, size];
  return { image: new Volume({ data: image, shape }), label: new Volume({ data: label, shape }) };
}
