/** Reads samples that are kept as chunks. */
import { crc32, inflateRawSync } from "node:zlib";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { resultSamples } from "../../memory/result-memory.ts";
import { bytesPerSample, type Dtype, type TypedArray, viewAs } from "../../samples.ts";
import { stridesFor } from "../../volume/strides.ts";
import { LostSamples, type SampleBox, type SampleSource } from "../../volume/unread.ts";
import { type ChunkGrid, chunksWithin } from "./chunk-grid.ts";
import { chunkKinds, numbersOfChunk } from "./encode-chunks.ts";
import { decodeFloat16 } from "./float16.ts";

/**
 * Calls `use` with the bytes of a chunk of an entry and returns its result; undefined if the chunk is not there. The
 * bytes are those of the store, only to be read, and only during the call.
 */
export type UseChunk = <T>(n: number, use: (bytes: Uint8Array) => T) => T | undefined;

/** A volume as chunks. */
export interface ChunkedSamples {
  readonly grid: ChunkGrid;
  readonly dtype: Dtype;
  readonly isHalf: boolean;
  readonly table: Uint32Array;
  /** Number of its first chunk among those of the entry. */
  readonly first: number;
}

/** The samples of a volume, read from its chunks when they are asked for. Each chunk is verified. */
export function chunkSource(samples: ChunkedSamples, useChunk: UseChunk): SampleSource {
  const { grid, dtype } = samples;
  return {
    shape: grid.shape,
    dtype,
    read(box) {
      const shape = box.end.map((to, axis) => to - (box.start[axis] ?? 0));
      const size = shape.reduce((product, n) => product * n, 1);
      const target = resultSamples(dtype, size);
      const strides = stridesFor(shape, "z-fastest");
      for (const chunk of chunksWithin(grid, box)) copyChunk(samples, chunk, useChunk, box, target, strides);
      return target;
    },
  };
}

/** Copies what a chunk has of a box to its place in the target. */
function copyChunk(
  samples: ChunkedSamples,
  chunk: SampleBox & { readonly n: number },
  useChunk: UseChunk,
  box: SampleBox,
  target: TypedArray,
  strides: readonly number[],
): void {
  const start = chunk.start.map((from, axis) => Math.max(from, box.start[axis] ?? 0));
  const shape = chunk.end.map((to, axis) => Math.min(to, box.end[axis] ?? 0) - (start[axis] ?? 0));
  const sides = chunk.end.map((to, axis) => to - (chunk.start[axis] ?? 0));
  const own = stridesFor(sides, "z-fastest");
  const from = placeIn(start, chunk.start, own);
  const to = placeIn(start, box.start, strides);
  const length = sides.reduce((product, n) => product * n, 1);
  const copy = (values: TypedArray, steps: readonly number[], first: number) =>
    copyStrided(values, shape, steps, first, target, strides, to);
  const { table, first, dtype, isHalf } = samples;
  const [kind = 0, checksum = 0] = table.subarray(numbersOfChunk * chunk.n);
  if (kind === chunkKinds.constant) {
    // The value is in the table: its words are where the bytes of a chunk would be.
    const words = table.slice(numbersOfChunk * chunk.n + 2, numbersOfChunk * chunk.n + 4);
    const value = valuesOf(new Uint8Array(words.buffer), dtype, isHalf, 1);
    return copy(
      value,
      own.map(() => 0),
      0,
    );
  }
  const isThere = useChunk(first + chunk.n, (bytes) => {
    if (crc32(bytes) !== checksum) throw new LostSamples("the checksum of a chunk does not match its bytes");
    copy(valuesOf(kind === chunkKinds.deflated ? inflated(bytes) : bytes, dtype, isHalf, length), own, from);
    return true;
  });
  if (!isThere) throw new LostSamples("a chunk is missing");
}

function placeIn(start: readonly number[], origin: readonly number[], strides: readonly number[]): number {
  return start.reduce((at, index, axis) => at + (index - (origin[axis] ?? 0)) * (strides[axis] ?? 0), 0);
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: 2 ** 20 });
  } catch (cause) {
    throw new LostSamples("a chunk does not inflate", { cause });
  }
}

/** The first samples in some bytes. Bytes that are not at a multiple of a sample's are copied. */
function valuesOf(bytes: Uint8Array, dtype: Dtype, isHalf: boolean, length: number): TypedArray {
  const width = isHalf ? 2 : bytesPerSample(dtype);
  if (bytes.length < length * width) throw new LostSamples("a chunk is too short");
  const { buffer, byteOffset } = byteOffsetFits(bytes, width) ? bytes : new Uint8Array(bytes);
  if (!isHalf) return viewAs(dtype, buffer, byteOffset, length);
  return decodeFloat16(new Uint16Array(buffer, byteOffset, length));
}

function byteOffsetFits({ byteOffset }: Uint8Array, width: number): boolean {
  return byteOffset % width === 0;
}
