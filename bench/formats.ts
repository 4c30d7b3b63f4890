/** How fast each format is read, in MB of samples a second, from files in memory's cache. `--short` for small images. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { readVolume, saveImage, Volume } from "voxrx";
import { dicomFile } from "../test/support/dicom-file.ts";

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
  return new Volume({ data, shape: [1, ...shape], layout: "x-fastest" });
}

/** MetaImage: a text, then the samples. */
function metaImage({ spatialShape, storage: samples }: Volume): Uint8Array {
  const head = `ObjectType = Image\nNDims = 3\nDimSize = ${spatialShape.join(" ")}\nElementType = MET_SHORT\nElementDataFile = LOCAL\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(samples.buffer)]);
}

/** MGH: 284 bytes of big-endian numbers (version, three sizes, frames, type), then the samples, big-endian too. */
function mgh({ spatialShape, storage: samples }: Volume): Uint8Array {
  const head = Buffer.alloc(284);
  for (const [n, value] of [1, ...spatialShape, 1, 4].entries()) head.writeInt32BE(value, 4 * n);
  return Buffer.concat([head, Buffer.from(samples.buffer.slice(0)).swap16()]);
}

async function writeSeries({ spatialShape, storage: samples }: Volume, folder: string): Promise<void> {
  const [columns = 1, rows = 1, slices = 1] = spatialShape;
  await mkdir(folder);
  for (let z = 0; z < slices; z++) {
    const pixels = new Uint8Array(samples.buffer, 2 * z * columns * rows, 2 * columns * rows);
    await writeFile(join(folder, `${z}.dcm`), dicomFile({ columns, rows, pixels, position: [0, 0, z], number: z }));
  }
}

/** Writes an image in every format that is read; gives the names. */
async function writeAll(folder: string): Promise<string[]> {
  const volume = scan(size);
  const saved = ["scan.nii", "scan.nii.gz", "scan.nrrd", "scan.npy"];
  for (const name of saved) await saveImage(volume, join(folder, name));
  await writeFile(join(folder, "scan.mha"), metaImage(volume));
  await writeFile(join(folder, "scan.mgh"), mgh(volume));
  await writeSeries(volume, join(folder, "series"));
  const across = short ? 256 : 2048;
  await saveImage(scan([across, across]), join(folder, "slice.png"), { window: [-1000, 700] });
  const picture = sharp(join(folder, "slice.png")).toColourspace("b-w");
  await picture.jpeg().toFile(join(folder, "slice.jpg"));
  await picture.tiff({ compression: "lzw" }).toFile(join(folder, "slice.tif"));
  await picture.webp().toFile(join(folder, "slice.webp"));
  const pictures = ["slice.png", "slice.jpg", "slice.tif", "slice.webp"];
  return [...saved, "scan.mha", "scan.mgh", "series", ...pictures];
}

async function bytesOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += (await stat(join(path, name))).size;
  return bytes;
}

const folder = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
try {
  for (const name of await writeAll(folder)) {
    const path = join(folder, name);
    let { byteLength } = await readVolume(path);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      ({ byteLength } = await readVolume(path));
      best = Math.min(best, performance.now() - begun);
    }
    const [file, samples] = [(await bytesOf(path)) / 1e6, byteLength / 1e6];
    const speed = (samples / best) * 1000;
    console.log(
      `${name.padEnd(14)} ${file.toFixed(1).padStart(6)} MB  ${best.toFixed(1).padStart(7)} ms  ${speed.toFixed(0).padStart(6)} MB/s`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
