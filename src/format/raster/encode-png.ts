/** Writes volumes as PNG. */
import { basename, dirname, join } from "node:path";
import { loadedOnUse } from "../../files/load-module.ts";
import { writeFailed } from "../../files/write-atomically.ts";
import { saturate, scale } from "../../kernels/convert-samples.ts";
import { copyStrided } from "../../kernels/copy-strided.ts";
import type { Volume } from "../../volume/volume.ts";
import type { WriteContext, WriteOptions } from "../format.ts";

const fastPng = loadedOnUse(() => import("fast-png"));

/** Writes a 2D image of 1 to 4 channels as one PNG, and a 3D one as one PNG per slice along z, `NAME_z000.png`. */
export async function writePngs(volume: Volume, path: string, context: WriteContext): Promise<void> {
  const planes = planesOf(volume, path);
  const stem = join(dirname(path), basename(path).slice(0, -".png".length));
  const digits = Math.max(3, String(planes.length - 1).length);
  for (const [z, plane] of planes.entries()) {
    const file = planes.length === 1 ? path : `${stem}_z${String(z).padStart(digits, "0")}.png`;
    await context.writeFile(file, await encodePng(plane, path, context.options));
  }
}

function planesOf(volume: Volume, path: string): Volume[] {
  if (volume.channels > 4) {
    throw writeFailed(
      `a PNG must have 1 to 4 channels, got ${volume.channels}`,
      path,
      "Select channels, or save as .npy.",
    );
  }
  if (volume.spatialShape.length === 2) return [volume];
  return Array.from({ length: volume.spatialShape[2] ?? 1 }, (_, z) => volume.slice(2, z));
}

async function encodePng(plane: Volume, path: string, { range }: WriteOptions): Promise<Uint8Array> {
  const [channels = 1, width = 1, height = 1] = plane.shape;
  const depth = plane.dtype === "uint16" && !range ? 16 : 8;
  if (!range && plane.dtype !== "uint8" && plane.dtype !== "uint16") {
    throw writeFailed(
      `values of type ${plane.dtype} cannot be stored as pixels`,
      path,
      "Set range: [low, high], the values that become black and white, or dtype: uint8 or uint16.",
    );
  }
  const { storage: samples, shape, strides, offset, size } = plane;
  const interleaved = [1, channels, channels * width];
  const data = depth === 16 ? new Uint16Array(size) : new Uint8Array(size);
  if (!range) copyStrided(samples, shape, strides, offset, data, interleaved);
  else {
    const values = new Float64Array(size);
    copyStrided(samples, shape, strides, offset, values, interleaved);
    const slope = 255 / (range[1] - range[0]);
    scale(values, slope, -range[0] * slope);
    saturate(values, data, 0, 0, 255);
  }
  const { encode } = await fastPng();
  return encode({ width, height, data, channels, depth });
}
