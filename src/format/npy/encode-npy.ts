/** Volumes to NumPy's `.npy` files. */
import { bytesOf, type Dtype } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";

const descr: Readonly<Record<Dtype, string>> = {
  ...{ uint8: "|u1", int8: "|i1", uint16: "<u2", int16: "<i2", uint32: "<u4", int32: "<i4" },
  ...{ float32: "<f4", float64: "<f8" },
};

/**
 * The pieces of an array file of version 1.0, little-endian, the last axis the fastest: `[c, x, y, z]`. A plane is `[x, y]`, or `[c, x, y, 1]` with several
 * channels: an array does not say which of its axes are channels, and must be read back as what it was.
 */
export function encodeNpy(volume: Volume): Uint8Array[] {
  const { storage } = volume.toContiguous("z-fastest");
  const isPlane = volume.spatialShape.length === 2;
  const shape = isPlane && volume.channels === 1 ? volume.spatialShape : [...volume.shape, ...(isPlane ? [1] : [])];
  const text = `{'descr': '${descr[volume.dtype]}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  // The samples begin at a multiple of 64.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.alloc(10 + padded.length);
  head.write("\x93NUMPY\x01\x00", 0, "latin1");
  head.writeUInt16LE(padded.length, 8);
  head.write(padded, 10, "latin1");
  return [head, bytesOf(storage)];
}
