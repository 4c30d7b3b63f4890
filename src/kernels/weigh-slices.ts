/** Weighted sums of neighbors along three axes, slice by slice in a small block of memory, with SIMD. */
import { resultSamples } from "../memory/result-memory.ts";
import { fastRowLoops, type RowLoops } from "./rows.ts";
import { throwIfStopped } from "./stop.ts";

/**
 * Weights along one axis: an odd number, with the voxel's own weight in the middle. Undefined leaves the axis as it is.
 */
export type AxisWeights = Float64Array | undefined;

/**
 * The weighted sums of neighbors along x, then y, then z, with zeros around the image, each rounded to float32;
 * undefined if there is no SIMD or a slice is too large. The image is read once: each slice is weighted along x and y
 * when it is read, and kept as long as others need it. The result has the same bytes as that of plain loops, which sum
 * in double in the same order.
 *
 * @param source x fastest without gaps, channels slowest
 * @param loops the loops to use. Default: the compiled ones
 */
export function weighSlices(
  source: Float32Array,
  shape: readonly [nx: number, ny: number, nz: number],
  weights: readonly AxisWeights[],
  loops?: RowLoops,
): Float32Array | undefined {
  const place = layout(shape, weights);
  const chosen = loops ?? fastRowLoops(place.end);
  if (!chosen) return undefined;
  const [nx, ny, nz] = shape;
  const target = resultSamples("float32", source.length);
  const work = new SliceWork(chosen, place, shape, weights);
  const size = nx * ny;
  for (let channel = 0; channel < source.length; channel += size * nz) {
    // A slice can be written once the last slice that it needs has been read.
    for (let z = 0; z < nz + place.tailZ; z++) {
      throwIfStopped();
      if (z < nz) work.read(source.subarray(channel + z * size, channel + (z + 1) * size), z);
      const ready = z - place.tailZ;
      if (ready >= 0) work.write(ready, nz, target, channel + ready * size);
    }
  }
  return target;
}

/** Addresses in the block of memory, in bytes. */
interface Layout {
  /** Floats in a row, rounded up to a multiple of 4. */
  readonly pitch: number;
  readonly slice: number;
  /** How far the weights reach, in voxels. */
  readonly tailX: number;
  readonly tailZ: number;
  /** Number of slices that are kept; slice z is in slot z modulo this. */
  readonly kept: number;
  readonly between: number;
  readonly output: number;
  readonly row: number;
  readonly table: number;
  readonly end: number;
}

function layout([nx, ny]: readonly number[], weights: readonly AxisWeights[]): Layout {
  const [tailX = 0, tailY = 0, tailZ = 0] = weights.map((each) => (each ? (each.length - 1) / 2 : 0));
  const pitch = Math.ceil(nx! / 4) * 4;
  const slice = pitch * ny! * 4;
  const kept = 2 * tailZ + 1;
  const between = kept * slice;
  const output = between + slice;
  const row = output + slice;
  // A padded row is read up to one whole vector past its end.
  const table = Math.ceil((row + (pitch + 2 * tailX + 4) * 4) / 16) * 16;
  const end = table + (2 * Math.max(tailX, tailY, tailZ) + 1) * 16;
  return { pitch, slice, tailX, tailZ, kept, between, output, row, table, end };
}

class SliceWork {
  readonly #loops: RowLoops;
  readonly #place: Layout;
  readonly #shape: readonly [number, number, number];
  readonly #weights: readonly AxisWeights[];
  readonly #floats: Float32Array;
  readonly #addresses: Uint32Array;
  readonly #doubles: Float64Array;

  constructor(
    loops: RowLoops,
    place: Layout,
    shape: readonly [number, number, number],
    weights: readonly AxisWeights[],
  ) {
    this.#loops = loops;
    this.#place = place;
    this.#shape = shape;
    this.#weights = weights;
    const memory = loops.reserve(place.end);
    this.#floats = new Float32Array(memory, 0, place.end / 4);
    this.#addresses = new Uint32Array(memory, place.table, (place.end - place.table) / 4);
    this.#doubles = new Float64Array(memory, place.table, (place.end - place.table) / 8);
    this.#floats.fill(0);
  }

  /** Reads a slice, weighted along x and y, into its slot among those that are kept. */
  read(source: Float32Array, z: number): void {
    const { pitch, slice, kept, between } = this.#place;
    const [nx, ny] = this.#shape;
    const slot = (z % kept) * slice;
    const alongY = this.#weights[1];
    const rows = alongY ? between : slot;
    for (let y = 0; y < ny; y++) this.#alongX(source.subarray(y * nx, (y + 1) * nx), rows + y * pitch * 4);
    if (!alongY) return;
    for (let y = 0; y < ny; y++) {
      const count = this.#fillTable(alongY, y, ny, (other) => between + other * pitch * 4);
      this.#loops.weighRows(slot + y * pitch * 4, pitch, this.#place.table, count);
    }
  }

  #alongX(row: Float32Array, to: number): void {
    const { tailX, row: padded, table, pitch } = this.#place;
    const weights = this.#weights[0];
    if (!weights) {
      this.#floats.set(row, to / 4);
      return;
    }
    // The zeros on both sides of the row are there from the start.
    this.#floats.set(row, padded / 4 + tailX);
    for (let n = 0; n < weights.length; n++) this.#entry(n, padded + n * 4, weights[n]!);
    this.#loops.weighRows(to, pitch, table, weights.length);
  }

  /** Writes a slice whose neighbors have all been read. */
  write(z: number, nz: number, target: Float32Array, at: number): void {
    const { slice, kept, output, table, pitch } = this.#place;
    const [nx, ny] = this.#shape;
    const alongZ = this.#weights[2];
    let from = (z % kept) * slice;
    if (alongZ) {
      const count = this.#fillTable(alongZ, z, nz, (other) => (other % kept) * slice);
      this.#loops.weighRows(output, slice / 4, table, count);
      from = output;
    }
    for (let y = 0; y < ny; y++) {
      const row = from / 4 + y * pitch;
      target.set(this.#floats.subarray(row, row + nx), at + y * nx);
    }
  }

  /** Lists the neighbors that exist; returns their number. */
  #fillTable(weights: Float64Array, middle: number, length: number, addressOf: (n: number) => number): number {
    const tail = (weights.length - 1) / 2;
    const [first, last] = [Math.max(0, middle - tail), Math.min(length - 1, middle + tail)];
    for (let n = first; n <= last; n++) this.#entry(n - first, addressOf(n), weights[n - middle + tail]!);
    return last - first + 1;
  }

  #entry(n: number, address: number, weight: number): void {
    this.#addresses[4 * n] = address;
    this.#doubles[2 * n + 1] = weight;
  }
}
