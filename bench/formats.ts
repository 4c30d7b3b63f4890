/** How fast each format is read, in MB of samples a second, from files in memory's cache. `--short` for small images. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readVolume, saveImage, Volume } from "voxrx";

const short = process.argv.includes("--short");
const rounds = short ? 1 : 5;
const size: [number, number, number] = short ? [64, 64, 40] : [256, 256, 150];

/** A head-like image: half of it air, the rest smooth with some noise, so that it compresses as scans do. */
function scan(shape: readonly number[]): Volume {
  const [nx = 1, ny = 1, nz = 1] = shape;
  const data = new Int16Array(nx * ny * nz);
  for (let at = 0; at < data.length; at++) {
    const [x, y, z] = [
      (at % nx) / nx - 0.5,
      (Math.floor(at / nx) % ny) / ny - 0.5,
      Math.floor(at / (nx * ny)) / nz - 0.5,
    ];
    const isInside = x * x + y * y + z * z < 0.16;
    data[at] = isInside ? 400 + 200 * Math.sin(9 * x) * Math.cos(7 * y) + ((at * 7919) % 32) : -1000;
  }
  return new Volume({ data, shape: [1, ...shape] });
}

const folder = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
try {
  const volume = scan(size);
  const plane = scan(short ? [256, 256] : [2048, 2048]);
  const grey = plane.withSamples({ data: Uint8Array.from(plane.samples, (value) => Math.max(0, value / 4)) });
  const cases: readonly (readonly [name: string, volume: Volume])[] = [
    ["scan.nii", volume],
    ["scan.nii.gz", volume],
    ["scan.nrrd", volume],
    ["scan.npy", volume],
    ["slice.png", grey],
  ];
  for (const [name, image] of cases) {
    const path = join(folder, name);
    await saveImage(image, path);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      await readVolume(path);
      best = Math.min(best, performance.now() - begun);
    }
    const [file, samples] = [(await stat(path)).size / 1e6, image.byteLength / 1e6];
    const speed = (samples / best) * 1000;
    console.log(
      `${name.padEnd(14)} ${file.toFixed(1).padStart(6)} MB  ${best.toFixed(1).padStart(7)} ms  ${speed.toFixed(0).padStart(6)} MB/s`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
