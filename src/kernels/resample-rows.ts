/** Linear resampling along three axes in float32: row by row in a small block of memory, with SIMD if available. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import type { Axes, LinearAxis } from "./resample-separable.ts";
import { type RowLoops, rowLoops } from "./rows.ts";
import type { LinearTaps } from "./sampling.ts";
import { type ImagePlanes, isReversed, type PlanePlace, planePlace, planesOf, SourcePlanes } from "./source-planes.ts";
import { throwIfStopped } from "./stop.ts";

/**
 * Linear interpolation along three axes, in float32: for samples that float32 holds exactly. The output is written
 * without gaps from `start`, in the order of `axes`. For every output row, up to four input rows are weighted and
 * summed, and the result is interpolated along the fast axis. Rows that the output does not need are never computed. A
 * voxel of weight 0 contributes nothing, even if it is NaN or infinite.
 *
 * The order of the sums is that of `axes`. Only the order in which planes are read follows the memory of the source, so
 * that a view and its copy yield the same bytes.
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
  const [fast, middle, slow] = [forwards(axes[0]), forwards(axes[1]), forwards(axes[2])];
  const planes = planesOf(source, offset, axes);
  const { isSecondDeep } = planes;
  const [row, plane] = isSecondDeep ? [slow, middle] : [middle, slow];
  const place = layout(planes, fast, row);
  const work = new RowWork(loops ?? rowLoops(place.end), place, fast);
  const read = new SourcePlanes(planes, place, work.loops, work.floats.buffer);
  const [width, height] = [place.width, middle.taps.first.length];
  const [planeStep, rowStep] = isSecondDeep ? [width, width * height] : [width * height, width];
  for (let n = 0; n < plane.taps.first.length; n++) {
    throwIfStopped();
    const deep = tapAt(plane.taps, n);
    if (deep.wa === 0 && deep.wb === 0) continue;
    const near = deep.wa === 0 ? -1 : read.addressOf(deep.a, deep.wb === 0 ? -1 : deep.b);
    const far = deep.wb === 0 ? -1 : read.addressOf(deep.b, deep.wa === 0 ? -1 : deep.a);
    for (let m = 0; m < place.height; m++) {
      const across = tapAt(row.taps, m);
      work.clear();
      work.add(near, across.a, deep.wa * across.wa);
      if (isSecondDeep) work.add(far, across.a, deep.wb * across.wa);
      work.add(near, across.b, deep.wa * across.wb);
      if (!isSecondDeep) work.add(far, across.a, deep.wb * across.wa);
      work.add(far, across.b, deep.wb * across.wb);
      work.writeRow(m);
    }
    work.copyOut(target, start + n * planeStep, rowStep);
  }
}

/** An axis whose planes or rows are read forwards: for a reversed axis, the taps are mirrored. */
function forwards(axis: LinearAxis): LinearAxis {
  if (!isReversed(axis)) return axis;
  const last = axis.size - 1;
  const { first, second, firstWeight, secondWeight } = axis.taps;
  const mirrored = (indices: Int32Array) => indices.map((index) => last - index);
  return {
    ...axis,
    taps: { first: mirrored(first), second: mirrored(second), firstWeight, secondWeight, identity: false },
  };
}

function tapAt({ first, second, firstWeight, secondWeight }: LinearTaps, n: number) {
  return { a: first[n]!, b: second[n]!, wa: firstWeight[n]!, wb: secondWeight[n]! };
}

/** Addresses in the block of memory, in bytes. */
interface Layout extends PlanePlace {
  /** Size of an output plane. */
  readonly width: number;
  readonly height: number;
  readonly row: number;
  readonly taps: number;
  readonly output: number;
  readonly end: number;
}

function layout(planes: ImagePlanes, fast: LinearAxis, across: LinearAxis): Layout {
  const place = planePlace(planes);
  const [width, height] = [fast.taps.first.length, across.taps.first.length];
  const row = Math.ceil(place.end / 16) * 16;
  const taps = row + place.pitch * 4;
  const output = taps + width * 16;
  return { ...place, width, height, row, taps, output, end: output + width * height * 4 };
}

/** Computes one row of an output plane after the other, as a weighted sum of input rows. */
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

  /** Copies the output plane to `target`, where its rows are `step` floats apart. */
  copyOut(target: Float32Array, start: number, step: number): void {
    const { output, end, width, height } = this.place;
    if (step === width) return target.set(this.floats.subarray(output / 4, end / 4), start);
    for (let n = 0, from = output / 4; n < height; n++, from += width) {
      target.set(this.floats.subarray(from, from + width), start + n * step);
    }
  }

  clear(): void {
    this.#count = 0;
  }

  add(plane: number, row: number, weight: number): void {
    if (weight === 0) return;
    this.#rows[this.#count] = plane + row * this.place.pitch * 4;
    this.#weights[this.#count++] = weight;
  }

  writeRow(n: number): void {
    const { width, output, taps, row } = this.place;
    const to = output + n * width * 4;
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
