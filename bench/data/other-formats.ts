/** One scan in every format that is read. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Volume } from "voxrx";
import { dicomFile } from "../../test/support/dicom-file.ts";
import type { Build } from "../measure/build.ts";

/** Names of the files, below a directory, and what reads them in Python. */
export const formatReaders: Readonly<Record<string, string | undefined>> = {
  "scan.nii": "nibabel",
  "scan.nii.gz": "nibabel",
  "scan.nrrd": undefined,
  "scan.npy": "numpy",
  "scan.mha": undefined,
  "scan.mgh": "nibabel",
  series: "pydicom",
  "slice.png": "Pillow",
  "slice.jpg": "Pillow",
  "slice.tif": "Pillow",
  "slice.webp": "Pillow",
};

/** Writes an image of int16 samples in all of these formats. */
export async function writeFormats({ vox }: Build, volume: Volume, dir: string): Promise<void> {
  await mkdir(join(dir, "series"), { recursive: true });
  for (const name of ["scan.nii", "scan.nii.gz", "scan.nrrd", "scan.npy"]) await vox.saveImage(volume, join(dir, name));
  await writeFile(join(dir, "scan.mha"), metaImage(volume));
  await writeFile(join(dir, "scan.mgh"), mgh(volume));
  await writeSeries(volume, join(dir, "series"));
  await vox.saveImage(mosaic(vox.Volume, volume), join(dir, "slice.png"), { range: [0, 800] });
  const raster = sharp(join(dir, "slice.png")).toColourspace("b-w");
  await raster.jpeg().toFile(join(dir, "slice.jpg"));
  await raster.tiff({ compression: "lzw" }).toFile(join(dir, "slice.tif"));
  await raster.webp().toFile(join(dir, "slice.webp"));
}

/** MetaImage: a text header, then the samples. */
function metaImage({ spatialShape, storage }: Volume): Uint8Array {
  const sizes = `NDims = 3\nDimSize = ${spatialShape.join(" ")}`;
  const head = `ObjectType = Image\n${sizes}\nElementType = MET_SHORT\nElementDataFile = LOCAL\n`;
  return Buffer.concat([Buffer.from(head), bytesOf(storage)]);
}

/** MGH: 284 bytes of big-endian numbers (version, three sizes, frames, type), then the samples, big-endian too. */
function mgh({ spatialShape, storage }: Volume): Uint8Array {
  const head = Buffer.alloc(284);
  for (const [n, value] of [1, ...spatialShape, 1, 4].entries()) head.writeInt32BE(value, 4 * n);
  return Buffer.concat([head, Buffer.from(bytesOf(storage)).swap16()]);
}

async function writeSeries({ spatialShape, storage }: Volume, dir: string): Promise<void> {
  const [columns = 1, rows = 1, slices = 1] = spatialShape;
  const bytes = bytesOf(storage);
  for (let z = 0; z < slices; z++) {
    const pixels = bytes.subarray(2 * z * columns * rows, 2 * (z + 1) * columns * rows);
    const slice = dicomFile({ columns, rows, pixels, position: [0, 0, 1.2 * z], number: z + 1 });
    await writeFile(join(dir, `${z}.dcm`), slice);
  }
}

/** Slices side by side as one 2D image: 2048 x 2048 pixels of a T1 of 256 x 256 x 150. */
function mosaic(make: typeof Volume, { spatialShape, storage }: Volume): Volume {
  const [nx = 1, ny = 1, nz = 1] = spatialShape;
  const data = new Int16Array(64 * nx * ny);
  for (let tile = 0; tile < 64; tile++) {
    const z = Math.floor((nz * (tile + 16)) / 96);
    for (let y = 0; y < ny; y++) {
      const from = (z * ny + y) * nx;
      const to = ((Math.floor(tile / 8) * ny + y) * 8 + (tile % 8)) * nx;
      for (let x = 0; x < nx; x++) data[to + x] = storage[from + x] ?? 0;
    }
  }
  return new make({ data, shape: [1, 8 * nx, 8 * ny], layout: "x-fastest" });
}

function bytesOf({ buffer, byteOffset, byteLength }: Volume["storage"]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
