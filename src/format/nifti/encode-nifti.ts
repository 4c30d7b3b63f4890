/** Writes volumes as NIfTI-1 and NIfTI-2 files. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { writeAtomically, writeFailed } from "../../files/write-atomically.ts";
import { bytesOf, bytesPerSample } from "../../samples.ts";
import { type AffineLike, affineSpacing } from "../../volume/affine-matrix.ts";
import type { Volume } from "../../volume/volume.ts";
import { datatypes } from "../samples/datatypes.ts";
import { sphereShape } from "./nifti-header.ts";

const compress = promisify(gzip);
const offset = 352;
const largestDim = 32767;

/** Options of {@link encodeNifti}. */
export interface EncodeOptions {
  /** Whether to compress. Default false. */
  readonly gzip?: boolean;
  /**
   * NIfTI version. Default: 1, or 2 if a size exceeds 32767, the limit of version 1, or is 27307 x 1 x 6, which readers
   * of version 1 take for FreeSurfer's 163842 x 1 x 1.
   */
  readonly version?: 1 | 2 | undefined;
}

/**
 * Encodes a volume as a NIfTI file (`.nii`, little-endian). Samples are stored without scaling, channels as dimension
 * 4. The affine is stored as the sform and, as closely as a rotation with voxel sizes allows, as the qform, both with
 * code 1, like nibabel and MONAI do.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED` for a size that the version can't store
 * @example
 * ```ts
 * import { encodeNifti, Volume } from "voxrx";
 * const volume = new Volume({ data: new Int16Array(8), shape: [1, 2, 2, 2] });
 * const bytes = await encodeNifti(volume, { gzip: true });
 * ```
 */
export async function encodeNifti(volume: Volume, options: EncodeOptions = {}): Promise<Buffer> {
  const version = options.version ?? (Math.max(...volume.shape) > largestDim || isSphere(volume) ? 2 : 1);
  const header = version === 1 ? encodeHeader(volume) : encodeHeader2(volume);
  const bytes = Buffer.concat([header, bytesOf(volume.toContiguous("x-fastest").storage)]);
  return options.gzip ? compress(bytes, { level: 6, chunkSize: 2 ** 20 }) : bytes;
}

/**
 * Writes a volume as NIfTI, compressed if the name ends in `.gz`. The file appears complete or not at all.
 *
 * @throws FormatError `VOXRX_WRITE_FAILED`
 * @example
 * ```ts
 * import { type Volume, writeNifti } from "voxrx";
 * declare const volume: Volume;
 * await writeNifti(volume, "out.nii.gz");
 * ```
 */
export async function writeNifti(
  volume: Volume,
  path: string,
  options: Pick<EncodeOptions, "version"> = {},
): Promise<void> {
  if (!/\.nii(\.gz)?$/i.test(path)) {
    throw writeFailed("the file name must end in .nii or .nii.gz", path, "Rename the file.");
  }
  const bytes = await encodeNifti(volume, { ...options, gzip: /\.gz$/i.test(path) });
  await writeAtomically(path, bytes);
}

function isSphere({ spatialShape }: Volume): boolean {
  return sphereShape.every((size, axis) => spatialShape[axis] === size);
}

/** Fields that both versions of the header have. */
function factsOf(volume: Volume) {
  const [x = 1, y = 1, z = 1] = volume.spatialShape;
  const dim = volume.channels > 1 ? [4, x, y, z, volume.channels] : [volume.spatialShape.length, x, y, z, 1];
  const { affine } = volume;
  const { quaternion, qfac } = quaternionOf(affine);
  const code = datatypes.find(({ kind, number }) => kind === "real" && number === volume.dtype)?.code ?? 0;
  const pixdim = [qfac, ...affineSpacing(affine, 3), 1, 1, 1, 1];
  return { dim, affine, quaternion, code, pixdim, bits: 8 * bytesPerSample(volume.dtype) };
}

function encodeHeader(volume: Volume): Buffer {
  const header = Buffer.alloc(offset);
  const { dim, affine, quaternion, code, pixdim, bits } = factsOf(volume);
  if (dim.some((size) => size < 1 || size > largestDim)) {
    throw writeFailed(
      `sizes must be 1 to ${largestDim}, got shape [${volume.shape}]`,
      undefined,
      "Crop or split the volume, or write NIfTI-2.",
    );
  }
  if (isSphere(volume)) {
    throw writeFailed(
      "readers take 27307 x 1 x 6 voxels in NIfTI-1 for FreeSurfer's 163842 x 1 x 1",
      undefined,
      "Write NIfTI-2.",
    );
  }
  header.writeInt32LE(348, 0);
  header.write("r", 38, "latin1");
  for (let n = 0; n < 8; n++) header.writeInt16LE(dim[n] ?? 1, 40 + 2 * n);
  header.writeInt16LE(code, 70);
  header.writeInt16LE(bits, 72);
  for (const [n, size] of pixdim.entries()) header.writeFloatLE(size, 76 + 4 * n);
  header.writeFloatLE(offset, 108);
  header.writeFloatLE(1, 112);
  header.writeUInt8(2, 123); // millimeters
  header.writeInt16LE(1, 252);
  header.writeInt16LE(1, 254);
  for (const [n, value] of quaternion.entries()) header.writeFloatLE(value, 256 + 4 * n);
  for (const row of [0, 1, 2]) header.writeFloatLE(affine[row * 4 + 3] ?? 0, 268 + 4 * row);
  for (const [n, value] of affine.subarray(0, 12).entries()) header.writeFloatLE(value, 280 + 4 * n);
  header.write("n+1\0", 344, "latin1");
  return header;
}

const offset2 = 544;

/** The NIfTI-2 header, with the offsets of nifti2.h. */
function encodeHeader2(volume: Volume): Buffer {
  const header = Buffer.alloc(offset2);
  const { dim, affine, quaternion, code, pixdim, bits } = factsOf(volume);
  if (dim.some((size) => size < 1)) {
    throw writeFailed(
      `the volume of shape [${volume.shape}] has no voxels`,
      undefined,
      "Write only volumes with voxels.",
    );
  }
  header.writeInt32LE(540, 0);
  header.write("n+2\0\r\n\x1a\n", 4, "latin1");
  header.writeInt16LE(code, 12);
  header.writeInt16LE(bits, 14);
  for (let n = 0; n < 8; n++) header.writeBigInt64LE(BigInt(dim[n] ?? 1), 16 + 8 * n);
  for (const [n, size] of pixdim.entries()) header.writeDoubleLE(size, 104 + 8 * n);
  header.writeBigInt64LE(BigInt(offset2), 168);
  header.writeDoubleLE(1, 176);
  header.writeInt32LE(1, 344);
  header.writeInt32LE(1, 348);
  for (const [n, value] of quaternion.entries()) header.writeDoubleLE(value, 352 + 8 * n);
  for (const row of [0, 1, 2]) header.writeDoubleLE(affine[row * 4 + 3] ?? 0, 376 + 8 * row);
  for (const [n, value] of affine.subarray(0, 12).entries()) header.writeDoubleLE(value, 400 + 8 * n);
  header.writeInt32LE(2, 500); // millimeters
  return header;
}

/**
 * The quaternion (b, c, d) of an affine's directions, and whether the third axis is mirrored (nifti1.h, method 2;
 * branching on the largest component is Shepperd's method, 1978). A sheared affine has no exact quaternion: its columns
 * are orthogonalized one after another.
 */
function quaternionOf(affine: AffineLike): { quaternion: [number, number, number]; qfac: 1 | -1 } {
  const columns = orthonormal(affine);
  const [[a, d, g], [b, e, h], third] = columns;
  const determinant = dot(cross(columns[0], columns[1]), third);
  const qfac = determinant < 0 ? -1 : 1;
  const [c, f, i] = [third[0] * qfac, third[1] * qfac, third[2] * qfac];
  const candidates = [1 + a + e + i, 1 + a - e - i, 1 - a + e - i, 1 - a - e + i];
  const largest = candidates.indexOf(Math.max(...candidates));
  const w = Math.sqrt(Math.max(...candidates)) * 2;
  const unsigned: readonly (readonly [number, number, number, number])[] = [
    [w / 4, (h - f) / w, (c - g) / w, (d - b) / w],
    [(h - f) / w, w / 4, (b + d) / w, (c + g) / w],
    [(c - g) / w, (b + d) / w, w / 4, (f + h) / w],
    [(d - b) / w, (c + g) / w, (f + h) / w, w / 4],
  ];
  const [real, x, y, z] = unsigned[largest] ?? [1, 0, 0, 0];
  const sign = real < 0 ? -1 : 1;
  return { quaternion: [x * sign, y * sign, z * sign], qfac };
}

type Vector = [number, number, number];

// Gram-Schmidt; a column of length zero becomes perpendicular to the others.
function orthonormal(affine: AffineLike): [Vector, Vector, Vector] {
  const column = (n: number): Vector => [affine[n] ?? 0, affine[4 + n] ?? 0, affine[8 + n] ?? 0];
  const first = unit(column(0)) ?? [1, 0, 0];
  const second = unit(without(column(1), first)) ?? perpendicular(first);
  const across = cross(first, second);
  return [first, second, dot(column(2), across) < 0 ? [-across[0], -across[1], -across[2]] : across];
}

function perpendicular(v: Vector): Vector {
  const axis: Vector = Math.abs(v[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
  return unit(without(axis, v)) ?? [0, 1, 0];
}

function unit(v: Vector): Vector | undefined {
  const length = Math.hypot(...v);
  return length > 0 ? [v[0] / length, v[1] / length, v[2] / length] : undefined;
}

function without(v: Vector, direction: Vector): Vector {
  const along = dot(v, direction);
  return [v[0] - along * direction[0], v[1] - along * direction[1], v[2] - along * direction[2]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
