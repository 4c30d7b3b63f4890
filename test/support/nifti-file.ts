/** Writes NIfTI and ANALYZE files of any kind, by the offsets of nifti1.h and nifti2.h and nothing of ours. */
import { Buffer } from "node:buffer";

/** Types by name: code, bytes of one number, numbers per voxel, and how a number is written. */
export const storedTypes = {
  uint8: [2, 1, 1],
  int16: [4, 2, 1],
  int32: [8, 4, 1],
  float32: [16, 4, 1],
  complex64: [32, 4, 2],
  float64: [64, 8, 1],
  rgb24: [128, 1, 3],
  int8: [256, 1, 1],
  uint16: [512, 2, 1],
  uint32: [768, 4, 1],
  int64: [1024, 8, 1],
  uint64: [1280, 8, 1],
  float128: [1536, 16, 1],
  complex128: [1792, 8, 2],
  rgba32: [2304, 1, 4],
} as const satisfies Record<string, readonly [code: number, bytes: number, parts: number]>;

export type StoredType = keyof typeof storedTypes;

export interface NiftiFile {
  type: StoredType;
  /** Sizes along the dimensions, 1 to 7 of them. */
  dims: readonly number[];
  /** Numbers, x fastest, parts of a voxel together. */
  values: readonly (number | bigint)[];
  version?: 1 | 2 | "analyze";
  littleEndian?: boolean;
  pair?: boolean;
  pixdim?: readonly number[];
  slope?: number;
  inter?: number;
  sformCode?: number;
  srow?: readonly number[];
  qformCode?: number;
  quaternion?: readonly number[];
  qoffset?: readonly number[];
  voxOffset?: number;
  descrip?: string;
  /** Extensions, each padded to a multiple of 16. */
  extensions?: readonly { code: number; content: string }[];
  /** SPM's origin in an ANALYZE header. */
  origin?: readonly number[];
}

/** The header's bytes and the samples' bytes; `single` has both in one file. */
export function niftiFile(file: NiftiFile): { header: Buffer; samples: Buffer; single: Buffer } {
  const { version = 1, littleEndian = true, pair = version === "analyze" } = file;
  const extensions = encodeExtensions(file.extensions ?? [], littleEndian);
  const size = version === 2 ? 540 : 348;
  const end = size + extensions.length;
  const voxOffset = file.voxOffset ?? (pair ? 0 : end);
  const head = Buffer.alloc(size);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (version === 2) writeNifti2(view, head, file, voxOffset, pair);
  else writeNifti1(view, head, file, voxOffset, pair);
  const header = version === "analyze" ? head : Buffer.concat([head, extensions]);
  const samples = encodeSamples(file);
  const gap = Buffer.alloc(Math.max(0, voxOffset - (pair ? 0 : header.length)));
  return {
    header,
    samples: pair ? Buffer.concat([gap, samples]) : samples,
    single: Buffer.concat([header, gap, samples]),
  };
}

function encodeExtensions(extensions: readonly { code: number; content: string }[], littleEndian: boolean): Buffer {
  const parts = [Buffer.from([extensions.length > 0 ? 1 : 0, 0, 0, 0])];
  for (const { code, content } of extensions) {
    const part = Buffer.alloc(Math.ceil((8 + content.length) / 16) * 16);
    const view = new DataView(part.buffer, part.byteOffset, part.length);
    view.setInt32(0, part.length, littleEndian);
    view.setInt32(4, code, littleEndian);
    part.write(content, 8, "latin1");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function writeNifti1(view: DataView, head: Buffer, file: NiftiFile, voxOffset: number, pair: boolean): void {
  const le = file.littleEndian ?? true;
  const [code, bytes, parts] = storedTypes[file.type];
  const floats = (at: number, values: readonly number[]) =>
    values.forEach((value, n) => {
      view.setFloat32(at + 4 * n, value, le);
    });
  view.setInt32(0, 348, le);
  for (let n = 0; n < 8; n++) view.setInt16(40 + 2 * n, n === 0 ? file.dims.length : (file.dims[n - 1] ?? 1), le);
  view.setInt16(70, code, le);
  view.setInt16(72, 8 * bytes * parts, le);
  floats(76, file.pixdim ?? [1, 1, 1, 1, 1, 1, 1, 1]);
  floats(108, [voxOffset, file.slope ?? 0, file.inter ?? 0]);
  head.write(file.descrip ?? "", 148, "latin1");
  if (file.version === "analyze") {
    (file.origin ?? [0, 0, 0]).forEach((value, n) => {
      view.setInt16(253 + 2 * n, value, le);
    });
    return;
  }
  view.setInt16(252, file.qformCode ?? 0, le);
  view.setInt16(254, file.sformCode ?? 0, le);
  floats(256, [...(file.quaternion ?? [0, 0, 0]), ...(file.qoffset ?? [0, 0, 0])]);
  floats(280, file.srow ?? []);
  head.write(pair ? "ni1\0" : "n+1\0", 344, "latin1");
}

function writeNifti2(view: DataView, head: Buffer, file: NiftiFile, voxOffset: number, pair: boolean): void {
  const le = file.littleEndian ?? true;
  const [code, bytes, parts] = storedTypes[file.type];
  const doubles = (at: number, values: readonly number[]) =>
    values.forEach((value, n) => {
      view.setFloat64(at + 8 * n, value, le);
    });
  view.setInt32(0, 540, le);
  head.write(pair ? "ni2\0\r\n\x1a\n" : "n+2\0\r\n\x1a\n", 4, "latin1");
  view.setInt16(12, code, le);
  view.setInt16(14, 8 * bytes * parts, le);
  for (let n = 0; n < 8; n++) {
    view.setBigInt64(16 + 8 * n, BigInt(n === 0 ? file.dims.length : (file.dims[n - 1] ?? 1)), le);
  }
  doubles(104, file.pixdim ?? [1, 1, 1, 1, 1, 1, 1, 1]);
  view.setBigInt64(168, BigInt(voxOffset), le);
  doubles(176, [file.slope ?? 0, file.inter ?? 0]);
  head.write(file.descrip ?? "", 240, "latin1");
  view.setInt32(344, file.qformCode ?? 0, le);
  view.setInt32(348, file.sformCode ?? 0, le);
  doubles(352, [...(file.quaternion ?? [0, 0, 0]), ...(file.qoffset ?? [0, 0, 0])]);
  doubles(400, file.srow ?? []);
}

function encodeSamples({ type, values, littleEndian: le = true }: NiftiFile): Buffer {
  const [, bytes] = storedTypes[type];
  const samples = Buffer.alloc(values.length * bytes);
  const view = new DataView(samples.buffer, samples.byteOffset, samples.length);
  for (const [n, value] of values.entries()) writeNumber(view, n * bytes, type, value, le);
  return samples;
}

function writeNumber(view: DataView, at: number, type: StoredType, value: number | bigint, le: boolean): void {
  const number = Number(value);
  if (type === "int8") view.setInt8(at, number);
  else if (type === "uint8" || type === "rgb24" || type === "rgba32") view.setUint8(at, number);
  else if (type === "int16") view.setInt16(at, number, le);
  else if (type === "uint16") view.setUint16(at, number, le);
  else if (type === "int32") view.setInt32(at, number, le);
  else if (type === "uint32") view.setUint32(at, number, le);
  else if (type === "float32" || type === "complex64") view.setFloat32(at, number, le);
  else if (type === "float64" || type === "complex128") view.setFloat64(at, number, le);
  else if (type === "int64") view.setBigInt64(at, BigInt(value), le);
  else if (type === "uint64") view.setBigUint64(at, BigInt(value), le);
  else writeFloat128(view, at, number, le);
}

// A double widened to IEEE 754 binary128: the same sign, the exponent on another bias, the fraction with zeros behind.
function writeFloat128(view: DataView, at: number, value: number, le: boolean): void {
  const double = new DataView(new ArrayBuffer(8));
  double.setFloat64(0, value);
  const bits = double.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const wide = exponent === 0x7ffn ? 0x7fffn : exponent === 0n ? 0n : exponent - 1023n + 16383n;
  const all = ((bits >> 63n) << 127n) | (wide << 112n) | ((bits & 0xfffffffffffffn) << 60n);
  view.setBigUint64(le ? at : at + 8, all & 0xffffffffffffffffn, le);
  view.setBigUint64(le ? at + 8 : at, all >> 64n, le);
}
