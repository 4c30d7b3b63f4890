/** Linear resampling along three axes in float32: row by row in a small block of memory, with SIMD if available. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import type { Axes, LinearAxis } from "./resample-separable.ts";
import { type RowLoops, rowLoops } from "./rows.ts";
import type { LinearTaps } from "./sampling.ts";

/**
 * Linear interpolation along three axes, in float32: for samples that float32 holds exactly. The output is written
 * without gaps from `start`, in the order of `axes`. For every output row, up to four input rows of two slices are
 * weighted and summed, and the result is interpolated along the fast axis. Rows that the output does not need are never
 * computed. A voxel of weight 0 contributes nothing, even if it is NaN or infinite.
 *
 * @param offset index of the first voxel in `source`
 * @param loops the loops to use. Default: the fastest available
 */
export function resampleRows(
  source: ReadonlySamples & TypedArray,
  offset: number,
  axes: Axes<LinearAxis>,
  target: Float32Array,
  start: number,
  loops?: RowLoops,
): void {
  const [given, middle, slow] = axes;
  const { axis: fast, shift } = forwards(given);
  const place = layout(fast, middle, slow);
  const work = new RowWork(loops ?? rowLoops(place.end), place, fast);
  const area = place.width * place.height;
  const slices = new Slices(source, offset + shift, [fast, middle, slow], work);
  for (let k = 0; k < slow.taps.first.length; k++) {
    const { a, b, wa, wb } = tapAt(slow.taps, k);
    if (wa === 0 && wb === 0) continue;
    const near = wa === 0 ? -1 : slices.addressOf(a, wb === 0 ? -1 : b);
    const far = wb === 0 ? -1 : slices.addressOf(b, wa === 0 ? -1 : a);
    for (let j = 0; j < place.height; j++) {
      const across = tapAt(middle.taps, j);
      work.clear();
      work.add(near, across.a, wa * across.wa);
      work.add(near, across.b, wa * across.wb);
      work.add(far, across.a, wb * across.wa);
      work.add(far, across.b, wb * across.wb);
      work.writeRow(j);
    }
    target.set(work.output, start + k * area);
  }
}

/** The fast axis, read forwards. Rows are copied whole, so for a reversed axis the taps are mirrored instead. */
function forwards(axis: LinearAxis): { readonly axis: LinearAxis; readonly shift: number } {
  if (axis.stride >= 0) return { axis, shift: 0 };
  const last = axis.size - 1;
  const { first, second, firstWeight, secondWeight } = axis.taps;
  const mirrored = (indices: Int32Array) => indices.map((index) => last - index);
  const taps = { first: mirrored(first), second: mirrored(second), firstWeight, secondWeight, identity: false };
  return { axis: { size: axis.size, stride: -axis.stride, taps }, shift: last * axis.stride };
}

function tapAt({ first, second, firstWeight, secondWeight }: LinearTaps, n: number) {
  return { a: first[n]!, b: second[n]!, wa: firstWeight[n]!, wb: secondWeight[n]! };
}

/** Addresses in the block of memory, in bytes. */
interface Layout {
  /** Floats in an input row, rounded up to a multiple of 4. */
  readonly pitch: number;
  readonly width: number;
  readonly height: number;
  /** Number of input slices that are read together, and the distance between them. */
  readonly group: number;
  readonly slice: number;
  /** Two groups of input slices. */
  readonly slots: readonly [number, number];
  /** Buffer for 16-bit samples before they are converted. */
  readonly raw: number;
  readonly row: number;
  readonly taps: number;
  readonly output: number;
  readonly end: number;
}

// Slices across the axis that is contiguous in memory are read several at a time, or every cache line would be fetched
// for each of them. They are stored a little further apart than their size: it could be a power of two, and then they
// would compete for the same few places of the cache.
const slicesAtOnce = 16;
const gap = 64;

function layout(fast: LinearAxis, middle: LinearAxis, slow: LinearAxis): Layout {
  const pitch = Math.ceil(fast.size / 4) * 4;
  const [width, height] = [fast.taps.first.length, middle.taps.first.length];
  const isSlowContiguous = Math.abs(slow.stride) < Math.min(Math.abs(fast.stride), Math.abs(middle.stride));
  const group = isSlowContiguous ? slicesAtOnce : 1;
  const slice = pitch * middle.size * 4 + gap;
  const raw = 2 * group * slice;
  const row = raw + pitch * middle.size * 2;
  const taps = row + pitch * 4;
  const output = taps + width * 16;
  const end = output + width * height * 4;
  return { pitch, width, height, group, slice, slots: [0, group * slice], raw, row, taps, output, end };
}

/** Computes one output row after the other, as a weighted sum of input rows. */
class RowWork {
  readonly loops: RowLoops;
  readonly place: Layout;
  readonly floats: Float32Array<ArrayBuffer>;
  readonly #identity: boolean;
  /** Outputs of a row that have no voxel: the first ones, and those from here on. */
  readonly #outside: readonly [first: number, last: number];
  readonly #rows: [number, number, number, number] = [0, 0, 0, 0];
  readonly #weights: [number, number, number, number] = [0, 0, 0, 0];
  #count = 0;

  constructor(loops: RowLoops, place: Layout, fast: LinearAxis) {
    this.loops = loops;
    this.place = place;
    this.#identity = fast.taps.identity;
    const memory: ArrayBuffer = loops.reserve(place.end);
    this.floats = new Float32Array(memory, 0, place.end / 4);
    this.floats.fill(0);
    const places = new Uint32Array(memory, 0, place.end / 4);
    for (let i = 0, t = place.taps / 4; i < place.width; i++, t += 4) {
      const { a, b, wa, wb } = tapAt(fast.taps, i);
      // A voxel of weight 0 can be infinite, and 0 times infinity is NaN: in that case the other voxel is added twice,
      // with half its weight.
      const isOne = wa === 0 || wb === 0;
      places[t] = (wa === 0 ? b : a) * 4;
      places[t + 1] = (wb === 0 ? a : b) * 4;
      this.floats[t + 2] = isOne ? (wa + wb) / 2 : wa;
      this.floats[t + 3] = isOne ? (wa + wb) / 2 : wb;
    }
    this.#outside = outsideOf(fast.taps);
  }

  /** The output slice. */
  get output(): Float32Array {
    const { output, end } = this.place;
    return this.floats.subarray(output / 4, end / 4);
  }

  clear(): void {
    this.#count = 0;
  }

  add(slice: number, row: number, weight: number): void {
    if (weight === 0) return;
    this.#rows[this.#count] = slice + row * this.place.pitch * 4;
    this.#weights[this.#count++] = weight;
  }

  writeRow(j: number): void {
    const { width, output, taps, row } = this.place;
    const to = output + j * width * 4;
    const from = this.#weighed(row);
    if (from < 0) this.floats.fill(0, to / 4, to / 4 + width);
    else if (this.#identity) this.floats.copyWithin(to / 4, from / 4, from / 4 + width);
    else {
      this.loops.gather(to, width, from, taps);
      const [first, last] = this.#outside;
      this.floats.fill(0, to / 4, to / 4 + first);
      this.floats.fill(0, to / 4 + last, to / 4 + width);
    }
  }

  /** Address of the weighted sum of the rows; -1 if there are no rows. */
  #weighed(row: number): number {
    const [p, q, r, s] = this.#rows;
    const [u, v, w, x] = this.#weights;
    const { pitch } = this.place;
    const count = this.#count;
    if (count === 0) return -1;
    if (count === 1 && u === 1) return p;
    if (count === 1) this.loops.weigh2(row, pitch, p, u / 2, p, u / 2);
    else if (count === 2) this.loops.weigh2(row, pitch, p, u, q, v);
    else if (count === 3) this.loops.weigh4(row, pitch, p, u, q, v, r, w / 2, r, w / 2);
    else this.loops.weigh4(row, pitch, p, u, q, v, r, w, s, x);
    return row;
  }
}

/** The outputs without a voxel: positions go one way along an axis, so they are the first ones and the last ones. */
function outsideOf({ firstWeight, secondWeight }: LinearTaps): [first: number, last: number] {
  const has = (n: number) => firstWeight[n] !== 0 || secondWeight[n] !== 0;
  let [first, last] = [0, firstWeight.length];
  while (first < last && !has(first)) first++;
  while (last > first && !has(last - 1)) last--;
  return [first, last];
}

/** Input slices across the slow axis, copied into the block of memory. Two are kept. */
class Slices {
  readonly #source: ReadonlySamples & TypedArray;
  readonly #offset: number;
  readonly #axes: Axes<LinearAxis>;
  readonly #work: RowWork;
  readonly #slotGroups = [-1, -1];

  constructor(source: ReadonlySamples & TypedArray, offset: number, axes: Axes<LinearAxis>, work: RowWork) {
    this.#source = source;
    this.#offset = offset;
    this.#axes = axes;
    this.#work = work;
  }

  /** Address of a slice. Slice `other` is not overwritten by it. */
  addressOf(index: number, other: number): number {
    const { slots, group, slice } = this.#work.place;
    const [wanted, within] = [Math.floor(index / group), index % group];
    let slot = this.#slotGroups.indexOf(wanted);
    if (slot < 0) {
      slot = this.#slotGroups[0] === Math.floor(other / group) ? 1 : 0;
      this.#slotGroups[slot] = wanted;
      this.#read(wanted * group, slots[slot]!);
    }
    return slots[slot]! + within * slice;
  }

  /** Reads a group of slices, in an order that suits the memory layout of the source. */
  #read(index: number, address: number): void {
    const [fast, middle, slow] = this.#axes;
    const { pitch, group } = this.#work.place;
    const from = this.#offset + index * slow.stride;
    if (group > 1) return this.#readTogether(from, Math.min(group, slow.size - index), address);
    if (fast.stride === 1 && middle.stride === pitch && fast.size === pitch) {
      return this.#readRun(from, pitch * middle.size, address);
    }
    if (fast.stride > Math.abs(middle.stride)) return this.#readTogether(from, 1, address);
    for (let y = 0; y < middle.size; y++) {
      const [at, to] = [from + y * middle.stride, address + y * pitch * 4];
      if (fast.stride === 1) this.#readRun(at, fast.size, to);
      else for (let x = 0; x < fast.size; x++) this.#work.floats[to / 4 + x] = this.#source[at + x * fast.stride]!;
    }
  }

  /** Reads slices whose rows are not contiguous: all slices of one voxel, then of the next voxel, and so on. */
  #readTogether(from: number, slices: number, address: number): void {
    const [fast, middle, slow] = this.#axes;
    const { pitch, slice } = this.#work.place;
    const along = { count: fast.size, from: fast.stride, to: 1 };
    const across = { count: middle.size, from: middle.stride, to: pitch };
    const isAlongNear = Math.abs(fast.stride) < Math.abs(middle.stride);
    const [inner, outer] = isAlongNear ? [along, across] : [across, along];
    const deep = { count: slices, from: slow.stride, to: slice / 4 };
    copyLoops(this.#source, from, this.#work.floats, address / 4, [outer, inner, deep]);
  }

  #readRun(from: number, length: number, address: number): void {
    const source = this.#source;
    const { floats, loops, place } = this.#work;
    const run = source.subarray(from, from + length);
    if (!(run instanceof Int16Array || run instanceof Uint16Array)) return floats.set(run, address / 4);
    const signed = run instanceof Int16Array;
    const raw = signed
      ? new Int16Array(floats.buffer, place.raw, length)
      : new Uint16Array(floats.buffer, place.raw, length);
    raw.set(run);
    loops.widen16(address, Math.ceil(length / 4) * 4, place.raw, signed);
  }
}

interface CopyLoop {
  readonly count: number;
  /** Steps in the source and in the target, in samples. */
  readonly from: number;
  readonly to: number;
}

function copyLoops(
  source: ReadonlySamples,
  from: number,
  target: Float32Array,
  to: number,
  [outer, inner, deep]: readonly [CopyLoop, CopyLoop, CopyLoop],
): void {
  for (let i = 0; i < outer.count; i++) {
    for (let j = 0; j < inner.count; j++) {
      let s = from + i * outer.from + j * inner.from;
      let t = to + i * outer.to + j * inner.to;
      for (let k = 0; k < deep.count; k++, s += deep.from, t += deep.to) target[t] = source[s]!;
    }
  }
}
