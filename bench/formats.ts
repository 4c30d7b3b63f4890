/**
 * Measures the reading speed of each format in MB of samples per second, with files in the system's cache. `--short`:
 * small files.
 */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { readVolume, saveImage, Volume } from "voxrx";
import { dicomFile } from "../test/support/dicom-file.ts";
import { measure, report, short } from "./measure.ts";

const rounds = short ? 1 : 5;
const size: [number, number, number] = short ? [64, 64, 40] : [256, 256, 150];

/** A head-like image: half air, the rest smooth with some noise, so that it compresses like a real scan. */
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

/** MetaImage: a text header, then the samples. */
function metaImage({ spatialShape, storage: samples }: Volume): Uint8Array {
  const sizes = `NDims = 3\nDimSize = ${spatialShape.join(" ")}`;
  const head = `ObjectType = Image\n${sizes}\nElementType = MET_SHORT\nElementDataFile = LOCAL\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(samples.buffer)]);
}

/** MGH: 284 bytes of big-endian numbers (version, three sizes, frames, type), then the samples, big-endian too. */
function mgh({ spatialShape, storage: samples }: Volume): Uint8Array {
  const head = Buffer.alloc(284);
  for (const [n, value] of [1, ...spatialShape, 1, 4].entries()) head.writeInt32BE(value, 4 * n);
  return Buffer.concat([head, Buffer.from(samples.buffer.slice(0)).swap16()]);
}

async function writeSeries({ spatialShape, storage: samples }: Volume, dir: string): Promise<void> {
  const [columns = 1, rows = 1, slices = 1] = spatialShape;
  await mkdir(dir);
  for (let z = 0; z < slices; z++) {
    const pixels = new Uint8Array(samples.buffer, 2 * z * columns * rows, 2 * columns * rows);
    await writeFile(join(dir, `${z}.dcm`), dicomFile({ columns, rows, pixels, position: [0, 0, z], number: z }));
  }
}

/** Writes an image in every readable format; returns the names. */
async function writeAll(dir: string): Promise<string[]> {
  const volume = scan(size);
  const saved = ["scan.nii", "scan.nii.gz", "scan.nrrd", "scan.npy"];
  for (const name of saved) await saveImage(volume, join(dir, name));
  await writeFile(join(dir, "scan.mha"), metaImage(volume));
  await writeFile(join(dir, "scan.mgh"), mgh(volume));
  await writeSeries(volume, join(dir, "series"));
  const across = short ? 256 : 2048;
  await saveImage(scan([across, across]), join(dir, "slice.png"), { range: [-1000, 700] });
  const raster = sharp(join(dir, "slice.png")).toColourspace("b-w");
  await raster.jpeg().toFile(join(dir, "slice.jpg"));
  await raster.tiff({ compression: "lzw" }).toFile(join(dir, "slice.tif"));
  await raster.webp().toFile(join(dir, "slice.webp"));
  const rasters = ["slice.png", "slice.jpg", "slice.tif", "slice.webp"];
  return [...saved, "scan.mha", "scan.mgh", "series", ...rasters];
}

async function bytesOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += (await stat(join(path, name))).size;
  return bytes;
}

const dir = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
try {
  for (const name of await writeAll(dir)) {
    const path = join(dir, name);
    const { byteLength } = await readVolume(path);
    const { read } = await measure({ read: () => readVolume(path) }, { rounds });
    const [file, samples, ms] = [(await bytesOf(path)) / 1e6, byteLength / 1e6, read.bestWallMs];
    const speed = (samples / ms) * 1000;
    const sizeAndTime = `${file.toFixed(1).padStart(6)} MB  ${ms.toFixed(1).padStart(7)} ms`;
    report(
      name,
      { fileMB: file, samplesMB: samples, bestWallMs: ms, bestCpuMs: read.bestCpuMs, MBps: speed },
      `${name.padEnd(14)} ${sizeAndTime}  ${speed.toFixed(0).padStart(6)} MB/s`,
    );
  }
} finally {
  await rm(dir, { recursive: true });
}
