/** Writes volumes as NumPy `.npy` files. */
import { bytesOf, type Dtype } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";

const descr: Readonly<Record<Dtype, string>> = {
  ...{ uint8: "|u1", int8: "|i1", uint16: "<u2", int16: "<i2", uint32: "<u4", int32: "<i4" },
  ...{ float32: "<f4", float64: "<f8" },
};

/**
 * Encodes a volume as a `.npy` file of version 1.0, little-endian, with the last axis fastest: `[c, x, y, z]`. A 2D
 * image is `[x, y]`, or `[c, x, y, 1]` if it has several channels: arrays don't tell which axes are channels, and the
 * file must be read back as the same image.
 */
export function encodeNpy(volume: Volume): Uint8Array[] {
  const { storage } = volume.toContiguous("z-fastest");
  const isPlane = volume.spatialShape.length === 2;
  const shape = isPlane && volume.channels === 1 ? volume.spatialShape : [...volume.shape, ...(isPlane ? [1] : [])];
  const text = `{'descr': '${descr[volume.dtype]}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  // The samples start at a multiple of 64 bytes.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10 + padded.length);
  head.write("\x93NUMPY\x01\x00", 0, "latin1");
  head.writeUInt16LE(padded.length, 8);
  head.write(padded, 10, "latin1");
  return [head, bytesOf(storage)];
}
