/** Planes of an image, copied as floats into the memory of row loops: by lines of memory, whichever axis they are. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { type RowLoops, type SampleKind, sampleKind } from "./rows.ts";

/** One axis of an image: its size, and the distance between neighbors in samples. */
export interface PlaneAxis {
  readonly size: number;
  readonly stride: number;
}

/** An image as planes of rows. No stride is negative. */
interface PlaneSource {
  readonly samples: ReadonlySamples & TypedArray;
  /** Index of the first voxel. */
  readonly offset: number;
  /** The axis along the rows of a plane, and the one across them. */
  readonly along: PlaneAxis;
  readonly across: PlaneAxis;
  /** Distance between planes. */
  readonly step: number;
}

/** Where planes are in the block of memory: all in bytes, but for the pitch. */
export interface PlanePlace {
  /** Floats in a row, rounded up to a multiple of 4. */
  readonly pitch: number;
  /** Addresses of the two planes that are kept. */
  readonly slots: readonly [number, number];
  /** Samples of a plane before they are converted. */
  readonly raw: number;
  readonly end: number;
}

/**
 * An image as planes, each of rows along the first axis; across them runs that of the other two axes which is nearer in
 * memory, so that lines of memory lie in the planes.
 */
export interface ImagePlanes extends PlaneSource {
  /** Whether planes are across the second axis, not across the third one. */
  readonly isSecondDeep: boolean;
}

/** Chooses planes. Axes that are reversed in memory are read forwards: see {@link isReversed}. */
export function planesOf(
  samples: ReadonlySamples & TypedArray,
  offset: number,
  axes: readonly [PlaneAxis, PlaneAxis, PlaneAxis],
): ImagePlanes {
  const [along, second, third] = [forwards(axes[0]), forwards(axes[1]), forwards(axes[2])];
  const first = axes.reduce((sum, axis) => (isReversed(axis) ? sum + (axis.size - 1) * axis.stride : sum), offset);
  const isSecondDeep = third.size > 1 && third.stride < second.stride;
  const [across, deep] = isSecondDeep ? [third, second] : [second, third];
  return { samples, offset: first, along, across, step: deep.stride, isSecondDeep };
}

/** Whether the first voxel along an axis is the last one in planes. */
export function isReversed({ stride }: PlaneAxis): boolean {
  return stride < 0;
}

function forwards({ size, stride }: PlaneAxis): PlaneAxis {
  return { size, stride: Math.abs(stride) };
}

// Planes are stored a little further apart than their size: it could be a power of two, and then they would compete for
// the same few places of the cache.
const gap = 64;

/** Places for two planes and their samples from the start of a block of memory. Rounded up, as the loops need it. */
export function planePlace({ samples, along, across }: PlaneSource): PlanePlace {
  const pitch = Math.ceil(along.size / 4) * 4;
  const length = pitch * Math.ceil(across.size / 4) * 4;
  const raw = 2 * (length * 4 + gap);
  return { pitch, slots: [0, length * 4 + gap], raw, end: raw + length * samples.BYTES_PER_ELEMENT + gap };
}

/** Reads planes on demand. Two are kept. */
export class SourcePlanes {
  readonly #source: PlaneSource;
  readonly #place: PlanePlace;
  readonly #loops: RowLoops;
  readonly #read: (from: number, address: number) => void;
  readonly #slotPlanes = [-1, -1];

  /** @param memory of the loops, at least as far as `place.end` */
  constructor(source: PlaneSource, place: PlanePlace, loops: RowLoops, memory: ArrayBuffer) {
    this.#source = source;
    this.#place = place;
    this.#loops = loops;
    this.#read = this.#reader(memory);
  }

  /** Address of a plane. Plane `other` is not overwritten by it. */
  addressOf(index: number, other: number): number {
    const { slots } = this.#place;
    const { offset, step } = this.#source;
    const known = this.#slotPlanes.indexOf(index);
    if (known >= 0) return slots[known]!;
    const slot = this.#slotPlanes[0] === other ? 1 : 0;
    this.#slotPlanes[slot] = index;
    this.#read(offset + index * step, slots[slot]!);
    return slots[slot]!;
  }

  #reader(memory: ArrayBuffer): (from: number, address: number) => void {
    const { samples, along, across } = this.#source;
    const kind = sampleKind(samples);
    const lines = new Lines(samples, memory);
    const isAlong = along.stride === 1 && (along.size > 1 || across.stride !== 1);
    if (kind !== undefined && isAlong) return (from, address) => this.#readRows(lines, kind, from, address);
    if (kind !== undefined && across.stride === 1)
      return (from, address) => this.#readColumns(lines, kind, from, address);
    const floats = new Float32Array(memory);
    return (from, address) => this.#readEach(floats, from, address);
  }

  /** Reads a plane whose rows are lines of memory. */
  #readRows(lines: Lines, kind: SampleKind, from: number, address: number): void {
    const { along, across } = this.#source;
    const { pitch, raw } = this.#place;
    const isFloat = kind === 4;
    lines.copy(from, along.size, across, isFloat ? address : raw, pitch);
    if (!isFloat) this.#loops.widen(address, pitch * across.size, raw, kind);
  }

  /** Reads a plane whose columns are lines of memory. */
  #readColumns(lines: Lines, kind: SampleKind, from: number, address: number): void {
    const { along, across } = this.#source;
    const { pitch, raw } = this.#place;
    lines.copy(from, across.size, along, raw, across.size);
    this.#loops.transpose(address, pitch, raw, across.size, along.size, kind);
  }

  /** Reads a plane whose samples have gaps between them. */
  #readEach(floats: Float32Array, from: number, address: number): void {
    const { samples, along, across } = this.#source;
    for (let n = 0; n < across.size; n++) {
      let [at, to] = [from + n * across.stride, address / 4 + n * this.#place.pitch];
      for (let i = 0; i < along.size; i++, at += along.stride) floats[to++] = samples[at]!;
    }
  }
}

/** Copies lines of memory as bytes: the engine does, at the same speed for all element types. */
class Lines {
  readonly #bytes: Uint8Array;
  readonly #memory: Uint8Array;
  readonly #width: number;

  constructor(samples: TypedArray, memory: ArrayBuffer) {
    this.#bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    this.#memory = new Uint8Array(memory);
    this.#width = samples.BYTES_PER_ELEMENT;
  }

  /** Copies lines of `length` samples, one for each place of an axis, to an address; `pitch` samples apart. */
  copy(from: number, length: number, { size, stride }: PlaneAxis, address: number, pitch: number): void {
    if (stride === length && pitch === length) return this.#copyLine(from, length * size, address);
    for (let n = 0; n < size; n++) this.#copyLine(from + n * stride, length, address + n * pitch * this.#width);
  }

  #copyLine(from: number, length: number, address: number): void {
    this.#memory.set(this.#bytes.subarray(from * this.#width, (from + length) * this.#width), address);
  }
}
