/**
 * An item as bytes, and back.
 *
 * | bytes   | what                                                                                  |
 * | ------- | ------------------------------------------------------------------------------------- |
 * | 0 to 7  | magic: `VOXRX`, the layout's version, and the byte order of the samples (`l` or `b`)   |
 * | 8       | length of the head, uint32                                                             |
 * | 12      | CRC-32 of all other bytes, uint32                                                      |
 * | 16      | length of the entry, float64                                                           |
 * | 32      | head: JSON of the item, with the offset of the samples                                 |
 * | then    | samples, z fastest without gaps, each array at a multiple of 64                        |
 *
 * The head of a large volume can have, instead of its samples, a table of chunks that are kept elsewhere.
 *
 * Numbers before the head are little-endian. Samples have the byte order of the machine, so a machine with the other
 * byte order treats the entry as foreign.
 */
import { endianness } from "node:os";
import { crc32 } from "node:zlib";
import { refusesUnstorable } from "../../item/shared-copy.ts";
import type { StoredItem } from "../../item/stored-item.ts";
import {
  arrayNameOf,
  type ItemVisitor,
  type PlainArray,
  type PlainValue,
  pathWithin,
  walkItem,
} from "../../item/walk-item.ts";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { bytesPerSample, viewAs } from "../../samples.ts";
import { stridesFor } from "../../volume/strides.ts";
import type { Volume } from "../../volume/volume.ts";
import { chunking } from "./chunk-grid.ts";
import { encodeChunks } from "./encode-chunks.ts";
import { encodeFloat16, type StoredDtype } from "./float16.ts";

/** The first eight bytes of every entry, as characters. A value that begins with anything else is foreign. */
export const magic = `VOXRX 3${endianness() === "LE" ? "l" : "b"}`;

/** Bytes before the head. */
export const headStart = 32;

/** Where the samples begin after a head of this many bytes. */
export function samplesStart(headLength: number): number {
  return aligned(headStart + headLength);
}

/** The checksum that an entry's bytes should carry. */
export function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12)));
}

/**
 * The bytes of an item, in new memory.
 *
 * @param chunks where the chunks of large volumes are added: they are not part of the bytes. Default: volumes are whole
 * @throws PipelineError `VOXRX_UNCACHEABLE` with the path, in the item, of what has no stored form
 */
export function encodeItem(
  { value, files }: StoredItem,
  dtype: StoredDtype = "keep",
  chunks?: Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const writer = new SampleWriter(dtype, chunks);
  const nodes = nodesInto(writer);
  const head = Buffer.from(JSON.stringify([walkItem(value, nodes), walkItem(files, nodes, "files")]));
  const start = samplesStart(head.length);
  const bytes = new Uint8Array(start + writer.length);
  bytes.set(Buffer.from(magic, "latin1"), 0);
  bytes.set(head, headStart);
  writer.writeTo(bytes.buffer, start);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, head.length, true);
  view.setFloat64(16, bytes.length, true);
  view.setUint32(12, checksumOf(bytes), true);
  return bytes;
}

/** Collects the arrays of an item while its head is made, and writes them once the head's length is known. */
class SampleWriter {
  readonly dtype: StoredDtype;
  /** Those of large volumes; undefined: volumes are whole. */
  readonly chunks: Uint8Array[] | undefined;
  length = 0;
  readonly #writes: ((buffer: ArrayBuffer, start: number) => void)[] = [];

  constructor(dtype: StoredDtype, chunks: Uint8Array[] | undefined) {
    this.dtype = dtype;
    this.chunks = chunks;
  }

  /** Reserves space; returns its offset from the start of the samples. */
  add(byteLength: number, write: (buffer: ArrayBuffer, at: number) => void): number {
    const at = this.length;
    this.length = aligned(at + byteLength);
    this.#writes.push((buffer, start) => write(buffer, start + at));
    return at;
  }

  writeTo(buffer: ArrayBuffer, start: number): void {
    for (const write of this.#writes) write(buffer, start);
  }
}

/** Makes the JSON of an item and adds its samples to a writer. */
function nodesInto(writer: SampleWriter): ItemVisitor<unknown> {
  const nodes: ItemVisitor<unknown> = {
    ...refusesUnstorable,
    plain: plainNode,
    date: (date) => ({ t: "date", v: plainNode(date.getTime()) }),
    array: (array) => ({ t: "array", name: arrayNameOf(array), length: array.length, at: addArray(array, writer) }),
    volume: (volume, path) => volumeNode(volume, writer, () => walkItem(volume.meta, nodes, pathWithin(path, "meta"))),
    list: (values) => values,
    record: (fields, isBare) => ({ t: "record", v: fields, ...(isBare ? { bare: true } : {}) }),
  };
  return nodes;
}

/** JSON has strings, booleans, null and most numbers; the rest is written as strings with the name of its type. */
function plainNode(value: PlainValue): unknown {
  if (typeof value === "bigint") return { t: "bigint", v: String(value) };
  if (value === undefined) return { t: "undefined" };
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { t: "number", v: Object.is(value, -0) ? "-0" : String(value) };
}

function addArray(array: PlainArray, writer: SampleWriter): number {
  return writer.add(array.byteLength, (buffer, at) => {
    new Uint8Array(buffer, at).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  });
}

function volumeNode(volume: Volume, writer: SampleWriter, metaNode: () => unknown): unknown {
  const { dtype, shape, size } = volume;
  const half = dtype === "float32" && writer.dtype === "float16";
  const isCut = writer.chunks && size * bytesPerSample(dtype) >= chunking.leastBytes;
  const place = isCut
    ? addChunks(volume, writer, writer.chunks)
    : {
        at: writer.add(size * (half ? 2 : bytesPerSample(dtype)), (buffer, at) => {
          if (half) writeHalf(volume, new Uint16Array(buffer, at, size));
          else writeSamples(volume, buffer, at);
        }),
      };
  const affine = Array.from(volume.affine, plainNode);
  // After the samples, so that arrays in meta come after them.
  const meta = metaNode();
  return { t: "volume", dtype, stored: half ? "float16" : dtype, shape, affine, meta, ...place };
}

/** Adds the chunks of a volume to those of the entry, and their table to the head. */
function addChunks(volume: Volume, writer: SampleWriter, into: Uint8Array[]) {
  const { grid, table, chunks } = encodeChunks(volume, writer.dtype);
  const first = into.length;
  for (const chunk of chunks) into.push(chunk);
  return { at: addArray(table, writer), chunks: { first, sides: grid.sides } };
}

function writeSamples(volume: Volume, buffer: ArrayBuffer, at: number): void {
  const { dtype, storage, shape, strides, offset, size } = volume;
  copyStrided(storage, shape, strides, offset, viewAs(dtype, buffer, at, size), stridesFor(shape, "z-fastest"));
}

function writeHalf(volume: Volume, target: Uint16Array): void {
  const { storage } = volume.toContiguous("z-fastest");
  if (storage instanceof Float32Array) encodeFloat16(storage, target);
}

function aligned(length: number): number {
  return Math.ceil(length / 64) * 64;
}
