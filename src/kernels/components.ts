/** Connected components of masks and labels. */
import type { TypedArray } from "../samples.ts";
import { throwIfStopped } from "./stop.ts";

/** A box of voxels, x fastest: `[x, y, z]`; z is 1 for a 2D image. */
export type BoxShape = readonly [nx: number, ny: number, nz: number];

/** The component of each voxel. */
export interface Components {
  /** 1 to `sizes.length - 1`, in the order of their first voxel (x fastest); 0 for background. */
  readonly labels: Int32Array;
  /** Number of voxels of each component; at 0, of the background. */
  readonly sizes: readonly number[];
  /** The value that all voxels of a component have; 0 for the background. */
  readonly values: readonly number[];
}

/**
 * Labels the connected components of equal values, for all values except 0 and NaN in one pass: rows are split into
 * runs, and runs that touch are joined by union-find (Rosenfeld and Pfaltz 1966). It needs one 32-bit number for each
 * voxel, and a few for each run.
 *
 * @param samples one channel, a mask or a label
 * @param connectivity neighbors share a face (1), a face or an edge (2), or also a corner (3)
 */
export function connectedComponents(samples: TypedArray, shape: BoxShape, connectivity: number): Components {
  const runs = new Runs(samples, shape);
  const [, ny, nz] = shape;
  for (let z = 0; z < nz; z++) {
    throwIfStopped();
    for (let y = 0; y < ny; y++) {
      const row = y + ny * z;
      if (y > 0) runs.join(row, row - 1, connectivity - 1);
      if (z === 0) continue;
      runs.join(row, row - ny, connectivity - 1);
      if (connectivity < 2) continue;
      if (y > 0) runs.join(row, row - ny - 1, connectivity - 2);
      if (y < ny - 1) runs.join(row, row - ny + 1, connectivity - 2);
    }
  }
  return runs.numbered();
}

/** Runs of equal values along x, and the sets they belong to. */
class Runs {
  readonly #samples: TypedArray;
  readonly #nx: number;
  /** For each run, its first voxel and the one after its last, within its row. */
  #starts = new Int32Array(1024);
  #ends = new Int32Array(1024);
  /** For each row, the index of its first run; one more entry at the end. */
  readonly #firstOfRow: Int32Array;
  readonly #parents = new Parents();

  constructor(samples: TypedArray, [nx, ny, nz]: BoxShape) {
    this.#samples = samples;
    this.#nx = nx;
    this.#firstOfRow = new Int32Array(ny * nz + 1);
    let count = 0;
    for (let row = 0, at = 0; row < ny * nz; row++, at += nx) {
      this.#firstOfRow[row] = count;
      for (let x = 0; x < nx; ) {
        const own = samples[at + x]!;
        const start = x++;
        if (own === 0 || Number.isNaN(own)) continue;
        while (x < nx && samples[at + x] === own) x++;
        if (count === this.#starts.length) this.#grow();
        this.#starts[count] = start;
        this.#ends[count++] = x;
        this.#parents.add();
      }
    }
    this.#firstOfRow[ny * nz] = count;
  }

  /** Joins runs of equal value in two rows that touch: they overlap or, with `slack` above 0, meet at a corner. */
  join(row: number, other: number, slack: number): void {
    const reach = slack > 0 ? 1 : 0;
    let [a, b] = [this.#firstOfRow[row]!, this.#firstOfRow[other]!];
    const [lastA, lastB] = [this.#firstOfRow[row + 1]!, this.#firstOfRow[other + 1]!];
    while (a < lastA && b < lastB) {
      this.#joinTouching(a, row, b, other, reach);
      const ahead = this.#ends[a]! - this.#ends[b]!;
      // Where both end together, the next run of either row can meet the other's run at a corner.
      if (ahead === 0 && reach > 0 && a + 1 < lastA) this.#joinTouching(a + 1, row, b, other, reach);
      if (ahead < 0) a++;
      else b++;
    }
  }

  #joinTouching(a: number, row: number, b: number, other: number, reach: number): void {
    const [startA, startB] = [this.#starts[a]!, this.#starts[b]!];
    if (startA >= this.#ends[b]! + reach || startB >= this.#ends[a]! + reach) return;
    if (this.#samples[row * this.#nx + startA] !== this.#samples[other * this.#nx + startB]) return;
    // Sets are numbered from 1.
    this.#parents.join(a + 1, b + 1);
  }

  numbered(): Components {
    const voxels = this.#samples.length;
    const labels = new Int32Array(voxels);
    const numbers = new Int32Array(this.#parents.count + 1);
    const [sizes, values] = [[voxels], [0]];
    for (let row = 0; row + 1 < this.#firstOfRow.length; row++) {
      for (let run = this.#firstOfRow[row]!; run < this.#firstOfRow[row + 1]!; run++) {
        const root = this.#parents.find(run + 1);
        const at = row * this.#nx;
        if (numbers[root] === 0) {
          numbers[root] = sizes.push(0) - 1;
          values.push(this.#samples[at + this.#starts[run]!]!);
        }
        const number = numbers[root]!;
        labels.fill(number, at + this.#starts[run]!, at + this.#ends[run]!);
        const length = this.#ends[run]! - this.#starts[run]!;
        sizes[number]! += length;
        sizes[0]! -= length;
      }
    }
    return { labels, sizes, values };
  }

  #grow(): void {
    const [starts, ends] = [new Int32Array(2 * this.#starts.length), new Int32Array(2 * this.#ends.length)];
    starts.set(this.#starts);
    ends.set(this.#ends);
    [this.#starts, this.#ends] = [starts, ends];
  }
}

/** Sets of provisional labels. */
class Parents {
  #parents = new Int32Array(1024);
  count = 0;

  add(): number {
    this.count++;
    if (this.count >= this.#parents.length) {
      const grown = new Int32Array(this.#parents.length * 2);
      grown.set(this.#parents);
      this.#parents = grown;
    }
    this.#parents[this.count] = this.count;
    return this.count;
  }

  find(label: number): number {
    let root = label;
    while (this.#parents[root] !== root) {
      this.#parents[root] = this.#parents[this.#parents[root]!]!;
      root = this.#parents[root]!;
    }
    return root;
  }

  join(a: number, b: number): number {
    const [first, second] = [this.find(a), this.find(b)];
    const root = Math.min(first, second);
    this.#parents[Math.max(first, second)] = root;
    return root;
  }
}

/**
 * The indices of the `count` largest components of each value. Among components of equal size, the one whose first
 * voxel comes first (z fastest) wins.
 */
export function largestComponents({ labels, sizes, values }: Components, shape: BoxShape, count: number): Set<number> {
  const byValue = new Map<number, number[]>();
  for (let number = 1; number < sizes.length; number++) {
    const alike = byValue.get(values[number]!);
    if (alike) alike.push(number);
    else byValue.set(values[number]!, [number]);
  }
  const isTied = new Set(sizes.slice(1)).size < sizes.length - 1;
  const first = isTied ? firstVoxels(labels, sizes.length, shape) : undefined;
  const largest = new Set<number>();
  for (const numbers of byValue.values()) {
    numbers.sort((a, b) => sizes[b]! - sizes[a]! || (first ? first[a]! - first[b]! : 0));
    for (const number of numbers.slice(0, count)) largest.add(number);
  }
  return largest;
}

/** Sets the voxels of some components to 0 in one channel, which begins at `from`. */
export function clearComponents(
  samples: TypedArray,
  from: number,
  { labels, sizes }: Components,
  isRemoved: (number: number) => boolean,
): void {
  const removed = new Uint8Array(sizes.length);
  for (let number = 1; number < sizes.length; number++) if (isRemoved(number)) removed[number] = 1;
  for (let i = 0; i < labels.length; i++) if (removed[labels[i]!] === 1) samples[from + i] = 0;
}

/** The index of each component's first voxel, z fastest. */
function firstVoxels(labels: Int32Array, count: number, [nx, ny, nz]: BoxShape): Float64Array {
  const first = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const place = z + nz * (y + ny * x);
        if (place < first[labels[at]!]!) first[labels[at]!] = place;
      }
    }
  }
  return first;
}
