/**
 * The median of boxes with three voxels on each side, one row of voxels at a time, by minima and maxima of rows with
 * SIMD. What neighbors share is sorted once (the idea, for planes, is from Smith 1996, "Implementing median filters in
 * XC4000E FPGAs").
 */
import { resultSamples } from "../memory/result-memory.ts";
import { fastRowLoops, type RowLoops } from "./rows.ts";
import { throwIfStopped } from "./stop.ts";

/** A sorting network. Each step compares two rows: the first gets the smaller values. */
type Network = readonly (readonly [number, number])[];

/** Sorts three rows. */
const three: Network = pairs(0, 1, 1, 2, 0, 1);

/**
 * Sorts nine rows that are already sorted in threes: the remaining steps of Floyd's network (Knuth, "The Art of
 * Computer Programming", 5.3.4).
 */
const nineOfThrees: Network = [
  ...pairs(2, 5, 0, 3, 1, 4, 5, 8, 3, 6, 4, 7, 2, 5, 0, 3),
  ...pairs(1, 4, 5, 7, 2, 6, 1, 3, 4, 6, 2, 4, 5, 6, 2, 3),
];

/** Merges two groups of four sorted rows (Batcher's odd-even merge). */
const eightOfFours: Network = pairs(0, 4, 1, 5, 2, 6, 3, 7, 2, 4, 3, 5, 1, 2, 3, 4, 5, 6);

function pairs(...places: readonly number[]): Network {
  return places.flatMap((place, n) => (n % 2 === 0 ? [[place, places[n + 1]!] as const] : []));
}

/**
 * The medians of boxes of 3 x 3 x 3 voxels, or of 3 x 3; outside the image, the nearest voxel counts. Undefined if there
 * is no SIMD or a row is too long for its memory. Values must not be NaN.
 *
 * @param source x fastest without gaps, channels slowest
 * @param isFlat whether the box is in one plane
 * @param loops the loops to use. Default: the compiled ones
 */
export function medianOfThree(
  source: Float32Array,
  [nx, ny, nz]: readonly [nx: number, ny: number, nz: number],
  isFlat: boolean,
  loops?: RowLoops,
): Float32Array | undefined {
  const chosen = loops ?? fastRowLoops(bytesFor(nx));
  if (!chosen) return undefined;
  const target = resultSamples("float32", source.length);
  const rows = new MedianRows(chosen, nx, isFlat ? 1 : 3);
  const reach = isFlat ? 0 : 1;
  for (let plane = 0; plane < source.length / nx; plane += ny) {
    throwIfStopped();
    const z = (plane / ny) % nz;
    const beside = (y: number): Float32Array[] => {
      const found: Float32Array[] = [];
      for (let k = -reach; k <= reach; k++) {
        const slice = Math.min(Math.max(z + k, 0), nz - 1) - z;
        const from = (plane + slice * ny + Math.min(Math.max(y, 0), ny - 1)) * nx;
        found.push(source.subarray(from, from + nx));
      }
      return found;
    };
    rows.take(beside(-1));
    rows.take(beside(0));
    for (let y = 0; y < ny; y++) {
      rows.take(beside(y + 1));
      target.set(rows.median(), (plane + y) * nx);
    }
  }
  return target;
}

/**
 * The rows in memory: those of three columns, the same number to sort them in, and the lows, middles and highs across
 * x.
 */
const [sorted, across, spare] = [9, 9 + 9, 9 + 9 + 27];
const rowCount = spare + 2;

/** The row of the lows (0), middles (1) or highs (2) across x of a rank. */
function acrossX(rank: number, place: 0 | 1 | 2): number {
  return across + 3 * rank + place;
}

// Ranks and columns are sorted. Of 9 voxels, only one of each rank has neither 5 below it nor 5 above it.
const middleOf9 = [acrossX(0, 2), acrossX(1, 1), acrossX(2, 0)];

// Of 27 voxels, 13 have neither 14 below them nor 14 above: the lows of the last four ranks, the highs of the first
// four, and the middles of the five in between.
const outerOf27 = [...[5, 6, 7, 8].map((rank) => acrossX(rank, 0)), ...[0, 1, 2, 3].map((rank) => acrossX(rank, 2))];
const innerOf27 = [2, 3, 4, 5, 6].map((rank) => acrossX(rank, 1));

function bytesFor(nx: number): number {
  return rowCount * pitchOf(nx) * 4;
}

// Four floats before and after a row; those next to the row are the voxels outside the image.
function pitchOf(nx: number): number {
  return Math.ceil(nx / 4) * 4 + 8;
}

/** Three rows of the boxes' columns, each sorted, that move along y; and the median of their values. */
class MedianRows {
  readonly #loops: RowLoops;
  readonly #nx: number;
  readonly #height: 1 | 3;
  readonly #pitch: number;
  readonly #floats: Float32Array;
  #turn = 0;

  /** @param height number of planes of the box */
  constructor(loops: RowLoops, nx: number, height: 1 | 3) {
    this.#loops = loops;
    this.#nx = nx;
    this.#height = height;
    this.#pitch = pitchOf(nx);
    this.#floats = new Float32Array(loops.reserve(bytesFor(nx)), 0, rowCount * this.#pitch);
    this.#floats.fill(0);
  }

  /** Replaces the oldest of the three rows with the voxels of the next y, one row for each plane. */
  take(rows: readonly Float32Array[]): void {
    this.#turn = (this.#turn + 1) % 3;
    const first = this.#turn * this.#height;
    for (const [k, row] of rows.entries()) this.#floats.set(row, (first + k) * this.#pitch + 4);
    if (this.#height === 3) this.#sort(three, first);
  }

  /** The medians of the boxes around the middle of the three rows. Valid until the next call. */
  median(): Float32Array {
    const count = 3 * this.#height;
    this.#floats.copyWithin(sorted * this.#pitch, 0, count * this.#pitch);
    this.#sort(this.#height === 3 ? nineOfThrees : three, sorted);
    for (let rank = 0; rank < count; rank++) this.#sortAcross(sorted + rank, acrossX(rank, 0));
    const row = this.#height === 3 ? this.#middleOf27() : this.#middleOf9();
    return this.#floats.subarray(row * this.#pitch + 4, row * this.#pitch + 4 + this.#nx);
  }

  /** Sorts the values of each voxel of a row and its two neighbors along x into three rows. */
  #sortAcross(row: number, to: number): void {
    const start = row * this.#pitch + 4;
    this.#floats[start - 1] = this.#floats[start]!;
    this.#floats[start + this.#nx] = this.#floats[start + this.#nx - 1]!;
    const [at, length] = [this.#place(row), this.#pitch - 8];
    const [low, middle, high] = [this.#place(to), this.#place(to + 1), this.#place(to + 2)];
    this.#loops.minMax(low, middle, at - 4, at, length);
    this.#loops.minMax(middle, high, middle, at + 4, length);
    this.#loops.minMax(low, middle, low, middle, length);
  }

  #middleOf9(): number {
    this.#sort(three, middleOf9);
    return acrossX(1, 1);
  }

  #middleOf27(): number {
    this.#sort(eightOfFours, outerOf27);
    // The seventh of 8 outer + 5 inner sorted values: the minimum, over all ways to take seven of them (some outer, the
    // rest inner), of their maximum.
    const seven = outerOf27[6]!;
    const [found, other, unused] = [this.#place(seven), this.#place(spare), this.#place(spare + 1)];
    for (let outer = 2; outer <= 6; outer++) {
      const [one, two] = [this.#place(outerOf27[outer - 1]!), this.#place(innerOf27[6 - outer]!)];
      this.#loops.minMax(unused, other, one, two, this.#pitch - 8);
      this.#loops.minMax(found, unused, found, other, this.#pitch - 8);
    }
    return seven;
  }

  /** Sorts rows: `rows` is a list of their indices, or the index of the first one. */
  #sort(network: Network, rows: number | readonly number[]): void {
    const place = (n: number) => this.#place(typeof rows === "number" ? rows + n : rows[n]!);
    for (const [a, b] of network) this.#loops.minMax(place(a), place(b), place(a), place(b), this.#pitch - 8);
  }

  /** Address of a row's first voxel, in bytes. */
  #place(row: number): number {
    return (row * this.#pitch + 4) * 4;
  }
}
