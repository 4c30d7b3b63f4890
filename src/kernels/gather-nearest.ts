/** Takes the nearest voxel at every position of a plan. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { longestStep, type PieceAxis, pieceAxis, pieceLength, unit } from "./gather-loops.ts";
import {
  type GatherLine,
  type GatherPlan,
  type GatherSource,
  lineOf,
  rangeInExtent,
  rowPositions,
  stepAlong,
  writePositions,
} from "./gather-plan.ts";
import { bothAsBits } from "./sample-bits.ts";
import { nearestIndex } from "./sampling.ts";

/** Stands for a position outside the image, whose value stays what it is in the target. */
const outside = -1;

/** Positions this close to halfway between voxels, in units of a piece, are computed again in double. */
const unsure = 64;
const half = unit / 2;
const fraction = unit - 1;

/** The nearest voxel's value, ties to even; written x fastest, without gaps, from `start`. */
export function gatherNearest(source: GatherSource, plan: GatherPlan, target: TypedArray, start: number): void {
  const [width, height, depth] = plan.shape;
  const places = new Int32Array(width);
  const write = isLinear(source, plan) ? lineWriter(source, plan, places) : positionWriter(source, plan, places);
  const [from, to] = bothAsBits(source.samples, target);
  for (let k = 0, at = start; k < depth; k++) {
    for (let j = 0; j < height; j++, at += width) {
      write(j, k);
      pickPlaces(from, places, to, at);
    }
  }
}

/** Whether places can be computed along lines. */
function isLinear({ samples }: GatherSource, plan: GatherPlan): boolean {
  return (
    !plan.displacement &&
    plan.padding !== "reflection" &&
    stepAlong(plan) <= longestStep &&
    samples.length <= 2 ** 31 - 1
  );
}

/** Takes a row of samples. */
function pickPlaces(from: ReadonlySamples, places: Int32Array, to: TypedArray, at: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[at + i] = from[place]!;
  }
}

/** Returns a function that writes the places of the samples of a row, each from its position in double. */
function positionWriter(source: GatherSource, plan: GatherPlan, places: Int32Array): (j: number, k: number) => void {
  const positions = rowPositions(places.length);
  return (j, k) => {
    writePositions(plan, j, k, positions);
    const [px, py, pz] = positions;
    for (let i = 0; i < places.length; i++) places[i] = placeAt(source, plan, px[i]!, py[i]!, pz[i]!);
  };
}

/** The place of the sample at a position. */
function placeAt(source: GatherSource, plan: GatherPlan, x: number, y: number, z: number): number {
  const { offset, shape, strides } = source;
  const { padding, alignCorners } = plan;
  const i = nearestIndex(x, shape[0], padding, alignCorners);
  const j = nearestIndex(y, shape[1], padding, alignCorners);
  const k = nearestIndex(z, shape[2], padding, alignCorners);
  return i < 0 || j < 0 || k < 0 ? outside : offset + i * strides[0] + j * strides[1] + k * strides[2];
}

/** The same by pieces of the row, in integers. */
function lineWriter(source: GatherSource, plan: GatherPlan, places: Int32Array): (j: number, k: number) => void {
  const piece = pieceLength(stepAlong(plan));
  return (j, k) => {
    const line = lineOf(plan, j, k);
    const [first, last] = rangeInExtent(line, plan.padding, source.shape, places.length);
    places.fill(outside, 0, first);
    places.fill(outside, last);
    for (let i = first; i < last; i += piece) {
      const count = Math.min(piece, last - i);
      const x = nearestAxis(plan, line.x, line.mx, source.shape[0], i, count);
      const y = nearestAxis(plan, line.y, line.my, source.shape[1], i, count);
      const z = nearestAxis(plan, line.z, line.mz, source.shape[2], i, count);
      writePiece(source, plan, line, places, i, count, x, y, z);
    }
  };
}

/** One axis of the `count` positions `start + by * i` from the `first` on. */
function nearestAxis(
  { padding, alignCorners }: GatherPlan,
  start: number,
  by: number,
  n: number,
  first: number,
  count: number,
): PieceAxis {
  // Positions that stay where they are are at their nearest voxel, so that they are never halfway between two.
  if (by === 0)
    return { base: nearestIndex(start, n, padding, alignCorners), place: 0, step: 0, lowest: 0, highest: 0 };
  const least = padding === "zeros" ? -1 : 0;
  return pieceAxis(start + by * first, by, count, least, n - 1 - least);
}

function writePiece(
  source: GatherSource,
  plan: GatherPlan,
  line: GatherLine,
  places: Int32Array,
  first: number,
  count: number,
  x: PieceAxis,
  y: PieceAxis,
  z: PieceAxis,
): void {
  const { offset, shape, strides } = source;
  const [nx, ny, nz] = [shape[0] | 0, shape[1] | 0, shape[2] | 0];
  const [sx, sy, sz] = [strides[0] | 0, strides[1] | 0, strides[2] | 0];
  const [lowX, lowY, lowZ] = [x.lowest | 0, y.lowest | 0, z.lowest | 0];
  const [highX, highY, highZ] = [x.highest | 0, y.highest | 0, z.highest | 0];
  const [stepX, stepY, stepZ] = [x.step | 0, y.step | 0, z.step | 0];
  const [baseX, baseY, baseZ] = [x.base | 0, y.base | 0, z.base | 0];
  let [px, py, pz] = [x.place | 0, y.place | 0, z.place | 0];
  // Integers everywhere: V8 would compute with doubles if any of these numbers were one.
  for (let i = first | 0, end = (first + count) | 0; i < end; i++) {
    const qx = (Math.min(Math.max(px, lowX), highX) + half) | 0;
    const qy = (Math.min(Math.max(py, lowY), highY) + half) | 0;
    const qz = (Math.min(Math.max(pz, lowZ), highZ) + half) | 0;
    if (isUnsure(qx) || isUnsure(qy) || isUnsure(qz)) {
      places[i] = placeAt(source, plan, line.mx * i + line.x, line.my * i + line.y, line.mz * i + line.z);
    } else {
      const [ix, iy, iz] = [(baseX + (qx >> 24)) | 0, (baseY + (qy >> 24)) | 0, (baseZ + (qz >> 24)) | 0];
      const isInside = ix >= 0 && iy >= 0 && iz >= 0 && ix < nx && iy < ny && iz < nz;
      places[i] = isInside ? offset + Math.imul(ix, sx) + Math.imul(iy, sy) + Math.imul(iz, sz) : outside;
    }
    px = (px + stepX) | 0;
    py = (py + stepY) | 0;
    pz = (pz + stepZ) | 0;
  }
}

/** Whether a position, half a voxel further on, is so close to a voxel that rounding could have taken it there. */
function isUnsure(place: number): boolean {
  return ((place + unsure) & fraction) < 2 * unsure;
}
