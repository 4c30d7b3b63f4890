/** Writes volumes as NRRD files (teem, "NRRD0004"). */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { allocate, bytesOf, type Dtype } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";

const compress = promisify(gzip);

const types: Readonly<Record<Dtype, string>> = {
  ...{ uint8: "unsigned char", int8: "signed char", uint16: "unsigned short", int16: "short" },
  ...{ uint32: "unsigned int", int32: "int", float32: "float", float64: "double" },
};

/**
 * Encodes a volume as an NRRD file: gzip, little-endian, x fastest, with the geometry in "left-posterior-superior" as
 * written by ITK and 3D Slicer. Several channels become the first axis, of kind "list": ITK reads it as components and
 * MONAI's `NrrdReader` as channels.
 */
export async function encodeNrrd(volume: Volume): Promise<Uint8Array[]> {
  const { affine, channels, spatialShape, dtype } = volume;
  const isList = channels > 1;
  const rank = spatialShape.length;
  const sizes = isList ? [channels, ...spatialShape] : spatialShape;
  const vector = (column: number) => {
    const [x = 0, y = 0, z = 0] = [0, 1, 2].map((row) => affine[row * 4 + column] ?? 0);
    return `(${0 - x},${0 - y},${z})`;
  };
  const directions = [...(isList ? ["none"] : []), ...Array.from({ length: rank }, (_, axis) => vector(axis))];
  const kinds = [...(isList ? ["list"] : []), ...new Array<string>(rank).fill("domain")];
  const header = [
    "NRRD0004",
    `type: ${types[dtype]}`,
    `dimension: ${sizes.length}`,
    "space: left-posterior-superior",
    `sizes: ${sizes.join(" ")}`,
    `space directions: ${directions.join(" ")}`,
    `kinds: ${kinds.join(" ")}`,
    "endian: little",
    "encoding: gzip",
    `space origin: ${vector(3)}`,
    "",
    "",
  ].join("\n");
  return [Buffer.from(header, "latin1"), await compress(storedSamples(volume), { level: 6, chunkSize: 2 ** 20 })];
}

/** The bytes of the samples, x fastest; if there are several channels, those of one voxel are stored interleaved. */
function storedSamples(volume: Volume): Uint8Array {
  const { channels, shape, spatialShape, strides, offset, storage, size } = volume;
  if (channels === 1) return bytesOf(volume.toContiguous("x-fastest").storage);
  const interleaved = allocate(volume.dtype, size);
  const [x = 1, y = 1] = spatialShape;
  const target = [1, channels, channels * x, channels * x * y].slice(0, shape.length);
  copyStrided(storage, shape, strides, offset, interleaved, target);
  return bytesOf(interleaved);
}
