/** Averages over boxes of voxels, plane by plane in a small block of memory, with SIMD. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import type { AreaAxis } from "./area.ts";
import type { Axes } from "./resample-separable.ts";
import { fastRowLoops, type RowLoops, sampleKind } from "./rows.ts";
import { type ImagePlanes, isReversed, type PlanePlace, planePlace, planesOf, SourcePlanes } from "./source-planes.ts";

/**
 * The same as `poolArea`, byte for byte. Returns false, and writes nothing, for samples that float32 can't hold, without
 * SIMD, and if a plane is too large.
 *
 * @param loops the loops to use. Default: the compiled ones
 */
export function poolAreaRows(
  source: ReadonlySamples & TypedArray,
  offset: number,
  axes: Axes<AreaAxis>,
  target: Float32Array,
  start: number,
  loops?: RowLoops,
): boolean {
  const planes = planesOf(source, offset, axes);
  const place = layout(planes, axes);
  const chosen = loops ?? fastRowLoops(place.end);
  if (!chosen || sampleKind(source) === undefined) return false;
  const work = new AreaWork(chosen, planes, place, axes);
  const [width, height] = [place.width, axes[1].windows.first.length];
  const deep = axes[planes.isSecondDeep ? 1 : 2].windows.first.length;
  for (let n = 0; n < deep; n++) {
    if (planes.isSecondDeep) work.addAlongRowsFirst(n);
    else work.addPlanesFirst(n);
    if (planes.isSecondDeep) work.copyOut(target, start + n * width, width * height);
    else work.copyOut(target, start + n * width * height, width);
  }
  return true;
}

/** Addresses in the block of memory, in bytes. */
interface Layout extends PlanePlace {
  /** Size of an output plane. */
  readonly width: number;
  readonly height: number;
  /** Sums in double: of planes or of rows. */
  readonly sums: number;
  readonly row: number;
  readonly table: number;
  readonly output: number;
}

function layout(planes: ImagePlanes, axes: Axes<AreaAxis>): Layout {
  const place = planePlace(planes);
  const width = axes[0].windows.first.length;
  const height = axes[planes.isSecondDeep ? 2 : 1].windows.first.length;
  const sums = Math.ceil(place.end / 16) * 16;
  const row = sums + place.pitch * 8 * Math.max(planes.across.size, height);
  const table = row + place.pitch * 8;
  const output = table + width * 8;
  return { ...place, width, height, sums, row, table, output, end: output + width * height * 4 };
}

/** Computes output planes. Sums are along the third axis first, along the first axis last. */
class AreaWork {
  readonly #loops: RowLoops;
  readonly #place: Layout;
  readonly #axes: Axes<AreaAxis>;
  readonly #planes: SourcePlanes;
  readonly #floats: Float32Array;
  readonly #step: number;

  constructor(loops: RowLoops, planes: ImagePlanes, place: Layout, axes: Axes<AreaAxis>) {
    const memory = loops.reserve(place.end);
    this.#loops = loops;
    this.#place = place;
    this.#axes = axes;
    this.#planes = new SourcePlanes(planes, place, loops, memory);
    this.#floats = new Float32Array(memory, 0, place.end / 4);
    const { windows } = axes[0];
    this.#step = isReversed(axes[0]) ? -8 : 8;
    const table = new Uint32Array(memory, place.table, 2 * place.width);
    for (let i = 0; i < place.width; i++) {
      table[2 * i] = placeOf(windows.first[i]!, axes[0]) * 8;
      table[2 * i + 1] = windows.end[i]! - windows.first[i]!;
    }
  }

  /** Where planes are across the third axis: whole planes are added up, then their rows. */
  addPlanesFirst(n: number): void {
    const { pitch, sums, row } = this.#place;
    const [, middle, slow] = this.#axes;
    const { first, end } = slow.windows;
    for (let z = first[n]!; z < end[n]!; z++) {
      const plane = this.#planes.addressOf(placeOf(z, slow), -1);
      this.#loops.addFloats(sums, pitch * middle.size, plane, z === first[n]);
    }
    for (let j = 0; j < this.#place.height; j++) {
      const [from, to] = [middle.windows.first[j]!, middle.windows.end[j]!];
      for (let y = from; y < to; y++) {
        this.#loops.addDoubles(row, pitch, sums + placeOf(y, middle) * pitch * 8, y === from);
      }
      this.#writeMeans(j, row, (end[n]! - first[n]!) * (to - from));
    }
  }

  /** Where planes are across the second axis: in each plane rows are added up, then these sums of all planes. */
  addAlongRowsFirst(n: number): void {
    const { pitch, sums, row, height } = this.#place;
    const [, middle, slow] = this.#axes;
    const [from, to] = [middle.windows.first[n]!, middle.windows.end[n]!];
    const { first, end } = slow.windows;
    for (let y = from; y < to; y++) {
      const plane = this.#planes.addressOf(placeOf(y, middle), -1);
      for (let k = 0; k < height; k++) {
        for (let z = first[k]!; z < end[k]!; z++) {
          this.#loops.addFloats(row, pitch, plane + placeOf(z, slow) * pitch * 4, z === first[k]);
        }
        this.#loops.addDoubles(sums + k * pitch * 8, pitch, row, y === from);
      }
    }
    for (let k = 0; k < height; k++) this.#writeMeans(k, sums + k * pitch * 8, (end[k]! - first[k]!) * (to - from));
  }

  copyOut(target: Float32Array, start: number, step: number): void {
    const { output, width, height } = this.#place;
    for (let n = 0, from = output / 4; n < height; n++, from += width) {
      target.set(this.#floats.subarray(from, from + width), start + n * step);
    }
  }

  #writeMeans(n: number, row: number, depth: number): void {
    const { width, output, table } = this.#place;
    this.#loops.means(output + n * width * 4, width, row, table, this.#step, depth);
  }
}

/** Where the voxel of an axis is along planes, which are read forwards. */
function placeOf(index: number, axis: AreaAxis): number {
  return isReversed(axis) ? axis.size - 1 - index : index;
}
