/** Volumes to NRRD files (teem, "NRRD0004"). */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { bytesOf, type Dtype } from "../../volume/samples.ts";
import type { Volume } from "../../volume/volume.ts";

const compress = promisify(gzip);

const types: Readonly<Record<Dtype, string>> = {
  ...{ uint8: "unsigned char", int8: "signed char", uint16: "unsigned short", int16: "short" },
  ...{ uint32: "unsigned int", int32: "int", float32: "float", float64: "double" },
};

/**
 * The pieces of an NRRD file: gzip, little-endian, x fastest; geometry in "left-posterior-superior" as ITK and 3D Slicer write it. Several channels are
 * the last axis, of kind "list".
 */
export async function encodeNrrd(volume: Volume): Promise<Uint8Array[]> {
  const { affine, channels, spatialShape, dtype } = volume;
  const isList = channels > 1;
  const rank = spatialShape.length;
  const sizes = isList ? [...spatialShape, channels] : spatialShape;
  const vector = (column: number) => {
    const [x = 0, y = 0, z = 0] = [0, 1, 2].map((row) => affine[row * 4 + column] ?? 0);
    return `(${0 - x},${0 - y},${z})`;
  };
  const directions = [...Array.from({ length: rank }, (_, axis) => vector(axis)), ...(isList ? ["none"] : [])];
  const kinds = [...new Array<string>(rank).fill("domain"), ...(isList ? ["list"] : [])];
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
  const samples = bytesOf(volume.toContiguous("x-fastest").samples).subarray(0, volume.byteLength);
  return [Buffer.from(header, "latin1"), await compress(samples, { level: 6, chunkSize: 2 ** 20 })];
}
