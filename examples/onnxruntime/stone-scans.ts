/** Generates scans with two bright ellipsoids, stored from left to right and in thick slices, as scanners do. */
import { join } from "node:path";
import { Random, saveImage, Volume } from "voxrx";

/** Writes `count` scans and their labels to a directory, and returns their paths. */
export async function writeStoneScans(dir: string, count: number): Promise<{ image: string; label: string }[]> {
  const scans: { image: string; label: string }[] = [];
  for (let n = 0; n < count; n++) {
    const { image, label } = stoneScan(new Random("stones", n));
    const paths = { image: join(dir, `scan${n}.nii.gz`), label: join(dir, `label${n}.nii.gz`) };
    await saveImage(image, paths.image);
    await saveImage(label, paths.label);
    scans.push(paths);
  }
  return scans;
}

function stoneScan(random: Random) {
  const [nx, ny, nz] = [60 + random.integer(9), 56 + random.integer(9), 20 + random.integer(5)];
  const stones = [0.3, 0.7].map((side) => [side * nx, random.uniform(0.4, 0.6) * ny, random.uniform(0.4, 0.6) * nz]);
  const image = new Int16Array(nx * ny * nz);
  const label = new Uint8Array(nx * ny * nz);
  for (let x = 0, at = 0; x < nx; x++) {
    for (let y = 0; y < ny; y++) {
      for (let z = 0; z < nz; z++, at++) {
        const away = stones.map(([a = 0, b = 0, c = 0]) => Math.hypot((x - a) / 11, (y - b) / 13, (z - c) / 6));
        label[at] = Math.min(...away) < 1 ? 1 : 0;
        image[at] = random.normal(label[at] === 1 ? 400 : 100, 60);
      }
    }
  }
  const affine = [-1, 0, 0, nx, 0, -1, 0, ny, 0, 0, 2.5, 0, 0, 0, 0, 1];
  const shape = [1, nx, ny, nz];
  return { image: new Volume({ data: image, shape, affine }), label: new Volume({ data: label, shape, affine }) };
}
