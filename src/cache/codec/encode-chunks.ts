/**
 * Volumes as chunks, each with its checksum. A chunk of one value takes no bytes; one of few values, as in labels, is
 * deflated.
 */
import { crc32, deflateRawSync } from "node:zlib";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { allocateUnfilled, bytesPerSample, type TypedArray, viewAs } from "../../samples.ts";
import { stridesFor } from "../../volume/strides.ts";
import type { Volume } from "../../volume/volume.ts";
import { type ChunkGrid, chunkCount, chunkGridOf, chunksWithin } from "./chunk-grid.ts";
import { encodeFloat16, type StoredDtype } from "./float16.ts";

/** How a chunk is kept. */
export const chunkKinds = { plain: 0, constant: 1, deflated: 2 };

/** Numbers of a chunk in the table: its kind, its checksum, and the bits of the value of a constant one. */
export const numbersOfChunk = 4;

/** More values than this in a chunk are those of an image, which deflates slowly, and not by much. */
const mostValues = 16;

/** The chunks of a volume. */
export interface EncodedChunks {
  readonly grid: ChunkGrid;
  /** {@link numbersOfChunk} for each chunk. */
  readonly table: Uint32Array<ArrayBuffer>;
  /** The bytes of each chunk; none of a constant one. */
  readonly chunks: readonly Uint8Array[];
}

/** Encodes a volume. Float32 becomes float16 if that is asked for. The bytes are in new memory. */
export function encodeChunks(volume: Volume, dtype: StoredDtype): EncodedChunks {
  const { storage, shape, strides, offset, size } = volume;
  const grid = chunkGridOf(shape);
  const isHalf = volume.dtype === "float32" && dtype === "float16";
  const stored = isHalf ? "uint16" : volume.dtype;
  const { buffer } = allocateUnfilled(size * bytesPerSample(stored));
  const table = new Uint32Array(numbersOfChunk * chunkCount(grid));
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const { n, start, end } of chunksWithin(grid, { start: shape.map(() => 0), end: shape })) {
    const sides = end.map((to, axis) => to - (start[axis] ?? 0));
    const length = sides.reduce((product, side) => product * side, 1);
    const samples = viewAs(stored, buffer, at, length);
    const from = start.reduce((place, index, axis) => place + index * (strides[axis] ?? 0), offset);
    const floats = isHalf ? new Float32Array(length) : undefined;
    copyStrided(storage, sides, strides, from, floats ?? samples, stridesFor(sides, "z-fastest"));
    if (floats && samples instanceof Uint16Array) encodeFloat16(floats, samples);
    const { kind, bytes } = packed(samples);
    table.set([kind, crc32(bytes), ...wordsOf(samples)], numbersOfChunk * n);
    chunks.push(bytes);
    at += samples.byteLength;
  }
  return { grid, table, chunks };
}

function packed(samples: TypedArray): { readonly kind: number; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const values = countOfValues(samples, bytes);
  if (values === 1) return { kind: chunkKinds.constant, bytes: new Uint8Array(0) };
  if (values === undefined) return { kind: chunkKinds.plain, bytes };
  const deflated = deflateRawSync(bytes, { level: 1 });
  return deflated.length < bytes.length / 2
    ? { kind: chunkKinds.deflated, bytes: deflated }
    : { kind: chunkKinds.plain, bytes };
}

/** The number of different values, by their bits; undefined if there are more than {@link mostValues}. */
function countOfValues({ BYTES_PER_ELEMENT: width, byteOffset }: TypedArray, bytes: Uint8Array): number | undefined {
  const { buffer, length } = bytes;
  if (width === 1) return countOf(bytes);
  if (width === 2) return countOf(new Uint16Array(buffer, byteOffset, length / 2));
  return width === 4 ? countOf(new Uint32Array(buffer, byteOffset, length / 4)) : undefined;
}

function countOf(values: Uint8Array | Uint16Array | Uint32Array): number | undefined {
  const seen: number[] = [];
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value === last) continue;
    last = value;
    if (seen.includes(value)) continue;
    if (seen.length === mostValues) return undefined;
    seen.push(value);
  }
  return seen.length;
}

/** The bits of the first sample. */
function wordsOf(samples: TypedArray): Uint32Array {
  const words = new Uint32Array(2);
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = samples;
  new Uint8Array(words.buffer).set(new Uint8Array(buffer, byteOffset, BYTES_PER_ELEMENT));
  return words;
}
