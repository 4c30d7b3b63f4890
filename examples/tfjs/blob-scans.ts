/** Generates scans with a bright ellipsoid in noise, and its label, as a Decathlon task has them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random, saveImage, Volume } from "voxrx";

/** Writes `count` scans to a directory, with the `dataset.json` that lists them. */
export async function writeBlobScans(dir: string, count: number): Promise<void> {
  await mkdir(dir, { recursive: true });
  const training: { image: string; label: string }[] = [];
  for (let n = 0; n < count; n++) {
    const { image, label } = blobScan(new Random("blobs", n));
    const names = { image: `scan${n}.nii.gz`, label: `label${n}.nii.gz` };
    await saveImage(image, join(dir, names.image));
    await saveImage(label, join(dir, names.label));
    training.push(names);
  }
  await writeFile(join(dir, "dataset.json"), JSON.stringify({ training }));
}

function blobScan(random: Random) {
  const shape = [40, 36, 32] as const;
  const center = shape.map((n) => random.uniform(0.35 * n, 0.65 * n));
  const radii = shape.map((n) => random.uniform(0.15 * n, 0.25 * n));
  const image = new Int16Array(shape[0] * shape[1] * shape[2]);
  const label = new Uint8Array(image.length);
  for (let x = 0, at = 0; x < shape[0]; x++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let z = 0; z < shape[2]; z++, at++) {
        const away = Math.hypot(...[x, y, z].map((n, axis) => (n - (center[axis] ?? 0)) / (radii[axis] ?? 1)));
        label[at] = away < 1 ? 1 : 0;
        image[at] = random.normal(away < 1 ? 300 : 100, 120);
      }
    }
  }
  return {
    image: new Volume({ data: image, shape: [1, ...shape] }),
    label: new Volume({ data: label, shape: [1, ...shape] }),
  };
}
