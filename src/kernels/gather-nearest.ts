/** Takes the nearest voxel at every position of a plan. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { type GatherLoops, gatherLoops, longestStep, outside, unsure } from "./gather-loops.ts";
import {
  type GatherLine,
  type GatherPlan,
  type GatherSource,
  lineOf,
  rangeInExtent,
  rangeWithin,
  rowPositions,
  stepAlong,
  writePositions,
} from "./gather-plan.ts";
import { bothAsBits } from "./sample-bits.ts";
import { nearestIndex, type Surroundings } from "./sampling.ts";
import { throwIfStopped } from "./stop.ts";

/**
 * The nearest voxel's value, ties to even; written x fastest, without gaps, from `start`. Outside the image, the target
 * keeps what it has.
 *
 * @param loops the loops to use. Default: the fastest available
 */
export function gatherNearest(
  source: GatherSource,
  plan: GatherPlan,
  target: TypedArray,
  start: number,
  loops: GatherLoops = gatherLoops(),
): void {
  const [width, height, depth] = plan.shape;
  const places = isLinear(source, plan) ? placesAlongLines(source, plan, loops) : placesOfPositions(source, plan);
  const [from, to] = bothAsBits(source.samples, target);
  for (let k = 0, at = start; k < depth; k++) {
    throwIfStopped();
    for (let j = 0; j < height; j++, at += width) pickPlaces(from, places(j, k), to, at);
  }
}

/** Whether places can be computed along lines. */
function isLinear({ samples }: GatherSource, plan: GatherPlan): boolean {
  return !plan.displacement && stepAlong(plan) <= longestStep && samples.length <= 2 ** 31 - 1;
}

/** Takes a row of samples. */
function pickPlaces(from: ReadonlySamples, places: Int32Array, to: TypedArray, at: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= 0) to[at + i] = from[place]!;
  }
}

/** Returns a function that finds the places of the samples of a row, each from its position in double. */
function placesOfPositions(source: GatherSource, plan: GatherPlan): (j: number, k: number) => Int32Array {
  const places = new Int32Array(plan.shape[0]);
  const positions = rowPositions(places.length);
  return (j, k) => {
    writePositions(plan, j, k, positions);
    const [px, py, pz] = positions;
    for (let i = 0; i < places.length; i++) places[i] = placeAt(source, plan, px[i]!, py[i]!, pz[i]!);
    return places;
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

/**
 * The same along lines, by the loops; only places that they are unsure of, and those of positions that are mirrored, are
 * found in double.
 */
function placesAlongLines(
  source: GatherSource,
  plan: GatherPlan,
  loops: GatherLoops,
): (j: number, k: number) => Int32Array {
  const { offset, shape, strides } = source;
  const { padding, alignCorners } = plan;
  const width = plan.shape[0];
  const least = padding === "zeros" ? -1 : 0;
  const rangeOf = padding === "reflection" ? rangeNotMirrored : rangeInExtent;
  // Positions that stay where they are are at their nearest voxel, so that they are never halfway between two.
  const settled = (at: number, by: number, n: number) => (by === 0 ? nearestIndex(at, n, padding, alignCorners) : at);
  const places = new Int32Array(loops.reserve(4 * (width + 4)), 0, width);
  return (j, k) => {
    const line = lineOf(plan, j, k);
    const { x, y, z, mx, my, mz } = line;
    const [first, last] = rangeOf(line, padding, shape, width);
    loops.nearestLine(
      4 * first,
      Math.ceil((last - first) / 4) * 4,
      offset,
      strides[0],
      strides[1],
      strides[2],
      least,
      shape[0],
      shape[1],
      shape[2],
      settled(mx * first + x, mx, shape[0]),
      settled(my * first + y, my, shape[1]),
      settled(mz * first + z, mz, shape[2]),
      mx,
      my,
      mz,
    );
    if (last - first < width) {
      for (const [begin, end] of [
        [0, first],
        [last, width],
      ] as const) {
        if (padding === "reflection") findMirrored(source, plan, line, places, begin, end);
        else places.fill(outside, begin, end);
      }
    }
    for (let i = places.indexOf(unsure); i >= 0; i = places.indexOf(unsure, i)) {
      places[i] = placeAt(source, plan, mx * i + x, my * i + y, mz * i + z);
    }
    return places;
  };
}

/** The places of part of a row, one axis after the other. With `reflection`, every position has a voxel. */
function findMirrored(
  { offset, shape, strides }: GatherSource,
  { padding, alignCorners }: GatherPlan,
  { x, y, z, mx, my, mz }: GatherLine,
  places: Int32Array,
  begin: number,
  end: number,
): void {
  places.fill(offset, begin, end);
  const add = (at: number, by: number, length: number, stride: number) => {
    for (let i = begin; i < end; i++) {
      places[i] = places[i]! + stride * nearestIndex(by * i + at, length, padding, alignCorners);
    }
  };
  add(x, mx, shape[0], strides[0]);
  add(y, my, shape[1], strides[1]);
  add(z, mz, shape[2], strides[2]);
}

/** The part of a row that is inside the image on all axes along which it moves. */
function rangeNotMirrored(
  { x, y, z, mx, my, mz }: GatherLine,
  _: Surroundings,
  shape: GatherSource["shape"],
  n: number,
): [first: number, last: number] {
  const still = { at: 0, size: 2 };
  const axes = [
    mx === 0 ? still : { at: x, size: shape[0] },
    my === 0 ? still : { at: y, size: shape[1] },
    mz === 0 ? still : { at: z, size: shape[2] },
  ] as const;
  const moving = { x: axes[0].at, y: axes[1].at, z: axes[2].at, mx, my, mz };
  return rangeWithin(moving, 0, -1, [axes[0].size, axes[1].size, axes[2].size], n);
}
