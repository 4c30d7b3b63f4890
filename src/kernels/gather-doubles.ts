/** Linear interpolation at every position of a plan, in double: for samples with more digits than float32 has. */

import {
  type GatherLine,
  type GatherPlan,
  type GatherSource,
  lineOf,
  type Positions,
  rangeWithin,
  rowPositions,
  writePositions,
} from "./gather-plan.ts";
import { floorOf, foldPosition, fractionOf } from "./sampling.ts";
import { throwIfStopped } from "./stop.ts";

/**
 * Trilinear interpolation, in double; written x fastest, without gaps, from `start`. A voxel of weight 0 contributes
 * nothing, even if it is NaN or infinite.
 */
export function gatherDoubles(source: GatherSource, plan: GatherPlan, target: Float32Array, start: number): void {
  const [width, height, depth] = plan.shape;
  const positions = rowPositions(width);
  for (let k = 0, at = start; k < depth; k++) {
    throwIfStopped();
    for (let j = 0; j < height; j++, at += width) {
      writePositions(plan, j, k, positions);
      if (plan.displacement) {
        gatherEach(source, plan, positions, 0, width, target, at);
        continue;
      }
      const line = lineOf(plan, j, k);
      const [first, last] = rangeWithin(line, 0, -1, source.shape, width);
      gatherEach(source, plan, positions, 0, first, target, at);
      gatherInside(source, line, first, last, target, at);
      mendLine(source, plan, j, k, target, at, first, last);
      gatherEach(source, plan, positions, last, width, target, at);
    }
  }
}

/**
 * Computes values that are not finite again: some neighbor is not, and its weight can be 0. They are those of part of a
 * row of the output, whose first voxel is at `at`.
 */
export function mendLine(
  source: GatherSource,
  plan: GatherPlan,
  j: number,
  k: number,
  target: Float32Array,
  at: number,
  first = 0,
  last = plan.shape[0],
): void {
  let positions: Positions | undefined;
  for (let i = first; i < last; i++) {
    const value = target[at + i]!;
    if (value - value === 0) continue;
    if (!positions) writePositions(plan, j, k, (positions = rowPositions(plan.shape[0])));
    target[at + i] = linearByCorners(source, plan, positions[0][i]!, positions[1][i]!, positions[2][i]!);
  }
}

/** Interpolates the part of a row that is inside the image. */
function gatherInside(
  { samples, offset, strides }: GatherSource,
  { x, y, z, mx, my, mz }: GatherLine,
  first: number,
  last: number,
  target: Float32Array,
  at: number,
): void {
  const [sx, sy, sz] = strides;
  for (let i = first; i < last; i++) {
    const [px, py, pz] = [mx * i + x, my * i + y, mz * i + z];
    // Positions inside are not negative, so cutting off the fraction rounds down.
    const [ix, iy, iz] = [px | 0, py | 0, pz | 0];
    const [fx, fy, fz] = [px - ix, py - iy, pz - iz];
    const a = offset + ix * sx + iy * sy + iz * sz;
    const b = a + sy;
    const c = a + sz;
    const d = b + sz;
    const [gx, gy] = [1 - fx, 1 - fy];
    const low = (samples[a]! * gx + samples[a + sx]! * fx) * gy + (samples[b]! * gx + samples[b + sx]! * fx) * fy;
    const high = (samples[c]! * gx + samples[c + sx]! * fx) * gy + (samples[d]! * gx + samples[d + sx]! * fx) * fy;
    target[at + i] = low * (1 - fz) + high * fz;
  }
}

/** Interpolates part of a row, wherever its positions are. */
function gatherEach(
  source: GatherSource,
  plan: GatherPlan,
  [px, py, pz]: Positions,
  first: number,
  last: number,
  target: Float32Array,
  at: number,
): void {
  for (let i = first; i < last; i++) target[at + i] = linearAt(source, plan, px[i]!, py[i]!, pz[i]!);
}

/** The interpolated value at one position. */
function linearAt(source: GatherSource, plan: GatherPlan, px: number, py: number, pz: number): number {
  const { samples, offset, shape, strides } = source;
  const [sx, sy, sz] = strides;
  const isInside = px >= 0 && py >= 0 && pz >= 0 && px < shape[0] - 1 && py < shape[1] - 1 && pz < shape[2] - 1;
  if (!isInside) return linearByCorners(source, plan, px, py, pz);
  const [x, y, z] = [Math.floor(px), Math.floor(py), Math.floor(pz)];
  const [fx, fy, fz] = [px - x, py - y, pz - z];
  const a = offset + x * sx + y * sy + z * sz;
  const [b, c, d] = [a + sy, a + sz, a + sy + sz];
  const low = between(between(samples[a]!, samples[a + sx]!, fx), between(samples[b]!, samples[b + sx]!, fx), fy);
  const high = between(between(samples[c]!, samples[c + sx]!, fx), between(samples[d]!, samples[d + sx]!, fx), fy);
  const value = between(low, high, fz);
  return value - value === 0 ? value : linearByCorners(source, plan, px, py, pz);
}

function between(low: number, high: number, share: number): number {
  return low * (1 - share) + high * share;
}

/** The same for a position whose neighbors are not all inside the image, or not all finite. */
function linearByCorners(source: GatherSource, plan: GatherPlan, px: number, py: number, pz: number): number {
  const { samples, offset, shape, strides } = source;
  const { padding, alignCorners } = plan;
  const x = foldPosition(px, shape[0], padding, alignCorners);
  const y = foldPosition(py, shape[1], padding, alignCorners);
  const z = foldPosition(pz, shape[2], padding, alignCorners);
  const [x0, y0, z0] = [floorOf(x), floorOf(y), floorOf(z)];
  const [fx, fy, fz] = [fractionOf(x, x0), fractionOf(y, y0), fractionOf(z, z0)];
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [i, j, k] = [x0 + (corner & 1), y0 + ((corner >> 1) & 1), z0 + (corner >> 2)];
    if (i < 0 || j < 0 || k < 0 || i >= shape[0] || j >= shape[1] || k >= shape[2]) continue;
    const weight = (corner & 1 ? fx : 1 - fx) * (corner & 2 ? fy : 1 - fy) * (corner & 4 ? fz : 1 - fz);
    if (weight !== 0) sum += weight * samples[offset + i * strides[0] + j * strides[1] + k * strides[2]]!;
  }
  return sum;
}
