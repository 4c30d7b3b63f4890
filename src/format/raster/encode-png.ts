/** Volumes to PNG. */
import { basename, dirname, join } from "node:path";
import { encode } from "fast-png";
import { writeFailed } from "../../files/write-whole.ts";
import { saturate, scale } from "../../kernels/convert-samples.ts";
import { copyContiguous } from "../../kernels/copy-strided.ts";
import type { Volume } from "../../volume/volume.ts";
import type { WriteContext, WriteOptions } from "../format.ts";

/** Writes a 2D image of 1 to 4 channels as a picture, and a 3D one as a picture for each slice across z, `NAME_z000.png`. */
export async function writePictures(volume: Volume, path: string, context: WriteContext): Promise<void> {
  const planes = planesOf(volume, path);
  const stem = join(dirname(path), basename(path).slice(0, -".png".length));
  const digits = Math.max(3, String(planes.length - 1).length);
  for (const [z, plane] of planes.entries()) {
    const file = planes.length === 1 ? path : `${stem}_z${String(z).padStart(digits, "0")}.png`;
    await context.writeFile(file, encodePng(plane, path, context.options));
  }
}

function planesOf(volume: Volume, path: string): Volume[] {
  if (volume.channels > 4) {
    throw writeFailed(
      `a picture has 1 to 4 channels, not ${volume.channels}`,
      path,
      "Select channels, or save as .npy.",
    );
  }
  if (volume.spatialShape.length === 2) return [volume];
  return Array.from({ length: volume.spatialShape[2] ?? 1 }, (_, z) => volume.slice(2, z));
}

function encodePng(plane: Volume, path: string, { window }: WriteOptions): Uint8Array {
  const [channels = 1, width = 1, height = 1] = plane.shape;
  const depth = plane.dtype === "uint16" && !window ? 16 : 8;
  if (!window && plane.dtype !== "uint8" && plane.dtype !== "uint16") {
    throw writeFailed(
      `values of type ${plane.dtype} are no pixels`,
      path,
      "Say which values become black and white: window: [low, high]; or ask for dtype uint8 or uint16.",
    );
  }
  const { storage: samples, shape, strides, offset, size } = plane;
  const together = [1, channels, channels * width];
  const data = depth === 16 ? new Uint16Array(size) : new Uint8Array(size);
  if (!window) copyContiguous(samples, shape, strides, offset, data, together);
  else {
    const values = new Float64Array(size);
    copyContiguous(samples, shape, strides, offset, values, together);
    const slope = 255 / (window[1] - window[0]);
    scale(values, slope, -window[0] * slope);
    saturate(values, data, 0, 0, 255);
  }
  return encode({ width, height, data, channels, depth });
}
