/** Linear interpolation at every position of a plan, in float32, with SIMD if available. */
import { copyStrided } from "./copy-strided.ts";
import { mendLine } from "./gather-doubles.ts";
import { axisNumbers, type GatherLoops, gatherLoops, longestStep } from "./gather-loops.ts";
import {
  type GatherLine,
  type GatherPlan,
  type GatherSource,
  lineOf,
  rangeInExtent,
  rangeWithin,
  stepAlong,
} from "./gather-plan.ts";
import { type GatherTile, mirrorsOf, tilesOf } from "./gather-tiles.ts";
import { sampleKind } from "./rows.ts";
import { throwIfStopped } from "./stop.ts";
import { readTurned, type TurnedSource, turnOf } from "./turned-image.ts";

/** Outputs that are computed before they are copied to the target. */
const batchLength = 2 ** 14;

/** Whether {@link gatherFloats} can do this; if not, it is done in double. */
export function canGatherFloats({ samples }: GatherSource, plan: GatherPlan): boolean {
  if (sampleKind(samples) === undefined) return false;
  return isFree(plan) ? plan.padding !== "extent" : stepAlong(plan) <= longestStep;
}

/** Whether positions are displaced or mirrored, so that they are not along lines. */
function isFree({ displacement, padding }: GatherPlan): boolean {
  return displacement !== undefined || padding === "reflection";
}

/**
 * Trilinear interpolation of samples that float32 holds exactly: positions are computed in double and rounded to 2^-24
 * voxels, weighted sums are float32. Written x fastest, without gaps, from `start`. A voxel of weight 0 contributes
 * nothing, even if it is NaN or infinite.
 *
 * The part of the image that is needed is copied to the memory of the loops, so that the layout of the image does not
 * matter.
 *
 * @param loops the loops to use. Default: the fastest available
 * @param most voxels of the image that are copied at a time
 */
export function gatherFloats(
  source: GatherSource,
  plan: GatherPlan,
  target: Float32Array,
  start: number,
  loops: GatherLoops = gatherLoops(),
  most?: number,
): void {
  for (const tile of tilesOf(source, plan, most)) new TileWork(source, plan, tile, loops).run(target, start);
}

/** The interpolation of a box of the output. */
class TileWork {
  readonly #source: GatherSource;
  readonly #plan: GatherPlan;
  readonly #tile: GatherTile;
  readonly #loops: GatherLoops;
  readonly #place: Layout;
  readonly #floats: Float32Array;
  /** Computes part of a row of the output; returns 0 if all values are finite. */
  readonly #writeRow: (j: number, k: number, out: number) => number;

  constructor(source: GatherSource, plan: GatherPlan, tile: GatherTile, loops: GatherLoops) {
    this.#source = source;
    this.#plan = plan;
    this.#tile = tile;
    this.#loops = loops;
    this.#place = layoutOf(tile);
    const box = boxOf(source, tile);
    const turn = turnOf(box, loops);
    const memory = loops.reserve(this.#place.end + (turn?.bytes ?? 0));
    this.#floats = new Float32Array(memory, 0, this.#place.end / 4);
    this.#clearAround();
    if (turn) readTurned(box, this.#place, turn, loops, new Float32Array(memory), this.#place.end);
    else this.#readImage(box);
    new Float64Array(memory, this.#place.table, 3 * axisNumbers).set(tableOf(source, plan, tile));
    const isLine = !plan.displacement && stepAlong(plan) <= longestStep;
    const alongLine = plan.padding === "reflection" ? this.#mirrored : this.#alongLine;
    this.#writeRow = isLine ? alongLine : this.#displaced;
  }

  run(target: Float32Array, start: number): void {
    const [width, height] = this.#plan.shape;
    const [i, j, k] = this.#tile.output.start;
    const [length, rows, planes] = this.#tile.output.shape;
    const { out, batch } = this.#place;
    const odd: number[] = [];
    for (let plane = k; plane < k + planes; plane++) {
      throwIfStopped();
      for (let first = j; first < j + rows; first += batch) {
        const count = Math.min(batch, j + rows - first);
        for (let n = 0; n < count; n++) {
          if (this.#writeRow(first + n, plane, out + 4 * n * length) !== 0) odd.push(first + n);
        }
        this.#copyOut(target, start + i + width * (first + height * plane), count);
        for (const row of odd) {
          mendLine(this.#source, this.#plan, row, plane, target, start + width * (row + height * plane), i, i + length);
        }
        odd.length = 0;
      }
    }
  }

  #copyOut(target: Float32Array, start: number, rows: number): void {
    const [width, length, from] = [this.#plan.shape[0], this.#tile.output.shape[0], this.#place.out / 4];
    if (length === width) return target.set(this.#floats.subarray(from, from + rows * length), start);
    for (let n = 0; n < rows; n++) {
      target.set(this.#floats.subarray(from + n * length, from + (n + 1) * length), start + n * width);
    }
  }

  #alongLine(j: number, k: number, out: number): number {
    const line = lineOf(this.#plan, j, k);
    const [i, length] = [this.#tile.output.start[0], this.#tile.output.shape[0]];
    const ends = rangeInExtent(line, this.#plan.padding, this.#source.shape, i + length);
    const [first, last] = [Math.max(ends[0], i), Math.max(ends[1], i)];
    const odd = this.#gatherLine(line, first, last, out + 4 * (first - i));
    if (last - first < length) {
      this.#floats.fill(0, out / 4, out / 4 + first - i);
      this.#floats.fill(0, out / 4 + last - i, out / 4 + length);
    }
    return odd;
  }

  /** What is inside the image is along a line; what is mirrored is before and after that. */
  #mirrored(j: number, k: number, out: number): number {
    const line = lineOf(this.#plan, j, k);
    const [i, length] = [this.#tile.output.start[0], this.#tile.output.shape[0]];
    const ends = rangeWithin(line, 0, -1, this.#source.shape, i + length);
    const [first, last] = [Math.max(ends[0], i), Math.max(ends[1], i)];
    // Loops write up to three values more, so parts are written in this order.
    const before = this.#gatherAt(i, first, j, k, out);
    const inside = this.#gatherLine(line, first, last, out + 4 * (first - i));
    const after = this.#gatherAt(last, i + length, j, k, out + 4 * (last - i));
    return before | inside | after;
  }

  #displaced(j: number, k: number, out: number): number {
    const { displacement, shape } = this.#plan;
    const { start, shape: size } = this.#tile.output;
    const { vectors, pitch } = this.#place;
    const at = start[0] + shape[0] * (j + shape[1] * k);
    for (const [axis, values] of displacement?.entries() ?? []) {
      this.#floats.set(values.subarray(at, at + size[0]), (vectors + axis * pitch) / 4);
    }
    return this.#gatherAt(start[0], start[0] + size[0], j, k, out);
  }

  #gatherLine({ x, y, z, mx, my, mz }: GatherLine, first: number, last: number, out: number): number {
    if (first >= last) return 0;
    const { start, shape } = this.#tile.image;
    const { address, row, plane } = this.#place;
    return this.#loops.gatherLine(
      out,
      roundedUp(last - first),
      address,
      row,
      plane,
      this.#plan.padding === "zeros" ? -1 : 0,
      shape[0],
      shape[1],
      shape[2],
      mx * first + x - start[0],
      my * first + y - start[1],
      mz * first + z - start[2],
      mx,
      my,
      mz,
    );
  }

  #gatherAt(first: number, last: number, j: number, k: number, out: number): number {
    if (first >= last) return 0;
    const { address, row, plane, table, vectors, pitch } = this.#place;
    return this.#loops.gatherAt(
      out,
      roundedUp(last - first),
      address,
      row,
      plane,
      table,
      vectors,
      vectors + pitch,
      vectors + 2 * pitch,
      first,
      j,
      k,
      this.#plan.padding === "reflection",
    );
  }

  /** What is around the part of the image that is needed, and between its rows, is 0. */
  #clearAround(): void {
    const { shape } = this.#tile.image;
    const { address, row, plane, imageEnd, table, end } = this.#place;
    const [first, pitch, step] = [address / 4, row / 4, plane / 4];
    const floats = this.#floats;
    floats.fill(0, 0, first);
    floats.fill(0, first + step * shape[2], imageEnd / 4);
    for (let z = 0, at = first; z < shape[2]; z++, at += step) {
      for (let y = 0, edge = at + shape[0]; y < shape[1]; y++, edge += pitch) floats[edge] = 0;
      floats.fill(0, at + shape[1] * pitch, at + step);
    }
    floats.fill(0, table / 4, end / 4);
  }

  #readImage({ samples, from, shape, strides }: TurnedSource): void {
    const { address, row, plane } = this.#place;
    copyStrided(samples, shape, strides, from, this.#floats, [1, row / 4, plane / 4], address / 4);
  }
}

/** The part of the image that is needed. */
function boxOf({ samples, offset, strides }: GatherSource, { image: { start, shape } }: GatherTile): TurnedSource {
  const from = offset + start[0] * strides[0] + start[1] * strides[1] + start[2] * strides[2];
  return { samples, from, shape, strides };
}

/** Addresses in the block of memory, in bytes. */
interface Layout {
  /** The first voxel of the image, and distances between its rows and planes. */
  readonly address: number;
  readonly row: number;
  readonly plane: number;
  readonly imageEnd: number;
  readonly table: number;
  /** Rows of a displacement, and the distance between them. */
  readonly vectors: number;
  readonly pitch: number;
  readonly out: number;
  /** Rows of the output that there is memory for. */
  readonly batch: number;
  readonly end: number;
}

function layoutOf({ output, image }: GatherTile): Layout {
  const [nx, ny, nz] = image.shape;
  const width = roundedUp(output.shape[0]);
  const pitch = 4 * width;
  const batch = Math.max(1, Math.floor(batchLength / width));
  const [row, plane] = [4 * (nx + 1), 4 * (nx + 1) * (ny + 1)];
  const address = Math.ceil((row + plane + 4) / 16) * 16;
  const imageEnd = address + plane * nz + row + plane + 8;
  const table = Math.ceil(imageEnd / 16) * 16;
  const vectors = table + 3 * axisNumbers * 8;
  const out = vectors + 3 * pitch;
  return { address, row, plane, imageEnd, table, vectors, pitch, out, batch, end: out + (batch * width + 4) * 4 };
}

function roundedUp(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** The table of positions that are displaced or mirrored. */
function tableOf(source: GatherSource, plan: GatherPlan, { image }: GatherTile): number[] {
  const { map, padding, alignCorners } = plan;
  return image.shape.flatMap((size, axis) => {
    const from = image.start[axis]!;
    const { edge, span } = mirrorsOf(source.shape[axis]!, alignCorners);
    const least = padding === "zeros" ? -1 : 0;
    const [a, b, c, shift] = [map[4 * axis]!, map[4 * axis + 1]!, map[4 * axis + 2]!, map[4 * axis + 3]!];
    return [a, b, c, shift - from, edge - from, span, least, size - 1 - least];
  });
}
