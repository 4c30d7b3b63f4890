/**
 * Decodes the bytes of an entry to an item. Trusts no length and executes nothing: damaged bytes yield a description of
 * the fault, never a crash.
 */
import { messageOf } from "../../errors.ts";
import type { FileIdentity } from "../../files/file-identity.ts";
import { isRecord, recordFrom } from "../../item/record.ts";
import { maxDepth } from "../../item/shared-copy.ts";
import type { StoredItem } from "../../item/stored-item.ts";
import { arrayNames, plainArrays } from "../../item/walk-item.ts";
import { bytesPerSample, type Dtype, dtypes, type TypedArray, viewAs } from "../../samples.ts";
import { unreadSamples } from "../../volume/unread.ts";
import { Volume } from "../../volume/volume.ts";
import { chunkCount, gridWith } from "./chunk-grid.ts";
import { chunkSource, type UseChunk } from "./chunk-source.ts";
import { numbersOfChunk } from "./encode-chunks.ts";
import { checksumOf, headStart, magic, samplesStart } from "./encode-entry.ts";
import { decodeFloat16 } from "./float16.ts";

/** The result of {@link decodeItem}. */
export type Decoded =
  | { readonly ok: true; readonly item: StoredItem }
  /** What is wrong with the bytes, as text. */
  | { readonly ok: false; readonly fault: string };

/**
 * The item that bytes encode. Samples of volumes are views of these bytes, which then belong to the item; float16
 * samples and bare arrays are in new memory. `bytes` should begin at a multiple of 8 in its buffer.
 *
 * @param useChunk gives the chunks of volumes that were cut, whose samples are read when they are used
 */
export function decodeItem(bytes: Uint8Array<ArrayBuffer>, useChunk?: UseChunk): Decoded {
  try {
    const { head, samples } = checkedParts(bytes);
    const [value, files, ...rest] = asList(JSON.parse(head));
    if (rest.length > 0) throw new Damage("its head has more parts than an item and its files");
    const from: Parts = { samples, useChunk };
    return {
      ok: true,
      item: { value: read(value, from, 0), files: asList(read(files, from, 0)).map(asFile) },
    };
  } catch (error) {
    // Whatever goes wrong while reading is a fault of the bytes: a head that is not JSON, a shape that does not match
    // its samples.
    return { ok: false, fault: messageOf(error) };
  }
}

class Damage extends Error {}

/** What nodes of the head refer to. */
interface Parts {
  readonly samples: Uint8Array<ArrayBuffer>;
  readonly useChunk: UseChunk | undefined;
}

function checkedParts(bytes: Uint8Array<ArrayBuffer>): { head: string; samples: Uint8Array<ArrayBuffer> } {
  if (bytes.length < headStart) throw new Damage(`${bytes.length} bytes are too few for an entry`);
  if (Buffer.from(bytes.subarray(0, 8)).toString("latin1") !== magic) {
    throw new Damage("it was not written by this version of the store: its first bytes are different");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getFloat64(16, true);
  if (length !== bytes.length) throw new Damage(`it has ${bytes.length} bytes where it announces ${length}`);
  if (view.getUint32(12, true) !== checksumOf(bytes)) throw new Damage("its checksum does not match its bytes");
  const headLength = view.getUint32(8, true);
  const start = samplesStart(headLength);
  if (start > bytes.length) throw new Damage(`its head of ${headLength} bytes reaches beyond its end`);
  const headBytes = bytes.subarray(headStart, headStart + headLength);
  return {
    head: Buffer.from(headBytes.buffer, headBytes.byteOffset, headLength).toString(),
    samples: bytes.subarray(start),
  };
}

function read(node: unknown, parts: Parts, depth: number): unknown {
  if (depth > maxDepth) throw new Damage(`it is nested deeper than ${maxDepth} levels`);
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((inner) => read(inner, parts, depth + 1));
  const { t: type, v: inner, bare } = asRecord(node);
  switch (type) {
    case "undefined":
      return undefined;
    case "number":
      return Number(asString(inner));
    case "bigint":
      return BigInt(asString(inner));
    case "date":
      return new Date(asNumber(read(inner, parts, depth)));
    case "record":
      return recordOf(inner, bare === true, parts, depth);
    case "array":
      return arrayOf(asRecord(node), parts.samples);
    case "volume":
      return volumeOf(asRecord(node), parts);
    default:
      throw new Damage(`its head has a part of unknown type ${JSON.stringify(type)}`);
  }
}

function recordOf(pairs: unknown, isBare: boolean, parts: Parts, depth: number): object {
  return recordFrom(
    asList(pairs).map((pair) => {
      const [name, inner] = asList(pair);
      return [asString(name), read(inner, parts, depth + 1)];
    }),
    isBare,
  );
}

function arrayOf(node: Record<string, unknown>, samples: Uint8Array<ArrayBuffer>): unknown {
  const name = arrayNames.find((known) => known === node.name);
  if (!name) throw new Damage(`its head has an array of unknown type ${JSON.stringify(node.name)}`);
  const Type = plainArrays[name];
  const length = asCount(node.length);
  const { buffer, byteOffset } = span(samples, node.at, length * Type.BYTES_PER_ELEMENT);
  // A bare array gets its own buffer: its consumer may transfer it, and the volumes of the item must stay valid.
  return new Type(buffer, byteOffset, length).slice();
}

function volumeOf(node: Record<string, unknown>, parts: Parts): Volume {
  const shape = asList(node.shape).map(asCount);
  const affine = asList(node.affine).map((entry) => asNumber(read(entry, parts, 0)));
  const size = shape.reduce((product, n) => product * n, 1);
  const meta = asRecord(read(node.meta, parts, 0));
  const data = node.chunks === undefined ? samplesOf(node, size, parts.samples) : chunksOf(node, shape, parts);
  return new Volume({ data, shape, layout: "z-fastest", affine, meta });
}

/** The samples of a volume that was cut into chunks, not read yet. */
function chunksOf(node: Record<string, unknown>, shape: readonly number[], { samples, useChunk }: Parts): TypedArray {
  if (!useChunk) throw new Damage("its head refers to chunks, which this store does not have");
  const { first, sides: given } = asRecord(node.chunks);
  const sides = asList(given).map(asCount);
  const isGrid = sides.length === shape.length && !sides.includes(0);
  if (!isGrid) throw new Damage(`its head has chunks of [${sides}] voxels`);
  const grid = gridWith(shape, sides);
  const { buffer, byteOffset, byteLength } = span(samples, node.at, 4 * numbersOfChunk * chunkCount(grid));
  const table = new Uint32Array(buffer, byteOffset, byteLength / 4);
  const isHalf = node.stored === "float16";
  const dtype = dtypes.find((known) => known === node.dtype);
  if (!dtype) throw new Damage(`its head has samples of unknown type ${JSON.stringify(node.dtype)}`);
  return unreadSamples(chunkSource({ grid, dtype, isHalf, table, first: asCount(first) }, useChunk));
}

function samplesOf(node: Record<string, unknown>, size: number, samples: Uint8Array<ArrayBuffer>): TypedArray {
  if (node.stored === "float16") {
    const { buffer, byteOffset } = span(samples, node.at, size * 2);
    return decodeFloat16(new Uint16Array(buffer, byteOffset, size));
  }
  const dtype: Dtype | undefined = dtypes.find((known) => known === node.stored);
  if (!dtype) throw new Damage(`its head has samples of unknown type ${JSON.stringify(node.stored)}`);
  const { buffer, byteOffset } = span(samples, node.at, size * bytesPerSample(dtype));
  return viewAs(dtype, buffer, byteOffset, size);
}

function span(samples: Uint8Array<ArrayBuffer>, at: unknown, byteLength: number): Uint8Array<ArrayBuffer> {
  const start = asCount(at);
  if (!(start % 64 === 0 && start + byteLength <= samples.length)) {
    throw new Damage(`its head places ${byteLength} bytes at ${start} of ${samples.length}`);
  }
  return samples.subarray(start, start + byteLength);
}

function asFile(value: unknown): FileIdentity {
  const { path, size, modified, changed, absolute, device, inode, hash, isYoung } = asRecord(value);
  const local = Object.entries({ absolute, device, inode, hash }).filter(([, given]) => given !== undefined);
  return {
    path: asString(path),
    size: asNumber(size),
    modified: asString(modified),
    changed: asString(changed),
    ...Object.fromEntries(local.map(([name, given]) => [name, asString(given)])),
    ...(isYoung === true ? { isYoung } : {}),
  };
}

function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Damage("its head has no list where one belongs");
}

function asRecord(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return { ...value };
  throw new Damage("its head has no record where one belongs");
}

function asString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Damage("its head has no string where one belongs");
}

function asNumber(value: unknown): number {
  if (typeof value === "number") return value;
  throw new Damage("its head has no number where one belongs");
}

function asCount(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Damage("its head has no integer from 0 where one belongs");
}
