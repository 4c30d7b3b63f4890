/**
 * Resampling through any affine map, with or without displacement: every output voxel reads its neighbors in the input.
 */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { floorOf, foldPosition, fractionOf, nearestIndex, type Surroundings } from "./sampling.ts";

/** A strided 3D image to gather from. */
export interface GatherSource {
  readonly samples: ReadonlySamples;
  readonly offset: number;
  readonly shape: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
}

/** The position of each output voxel in the input. */
export interface GatherPlan {
  /** Output index to input position, 4x4, row-major. */
  readonly map: ArrayLike<number>;
  readonly shape: readonly [number, number, number];
  readonly padding: Surroundings;
  readonly alignCorners: boolean;
  /** Added to the output index, in voxels, before it is mapped. Default: no displacement. */
  readonly displacement?: Displacement | undefined;
}

/** A vector for each output voxel: one array for each axis, x fastest, without gaps. */
export type Displacement = readonly [x: Float32Array, y: Float32Array, z: Float32Array];

/**
 * Trilinear interpolation, in double; written x fastest, without gaps, from `start`. A voxel of weight 0 contributes
 * nothing, even if it is NaN or infinite.
 */
export function gatherLinear(source: GatherSource, plan: GatherPlan, target: Float32Array, start: number): void {
  let at = start;
  if (plan.displacement) {
    forEachPosition(plan, (px, py, pz) => {
      target[at++] = linearAt(source, plan, px, py, pz);
    });
    return;
  }
  const { map: m, shape } = plan;
  const [mx, my, mz] = [m[0]!, m[4]!, m[8]!];
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++, at += shape[0]) {
      const x = m[1]! * j + m[2]! * k + m[3]!;
      const y = m[5]! * j + m[6]! * k + m[7]!;
      const z = m[9]! * j + m[10]! * k + m[11]!;
      const line: GatherLine = { x, y, z, mx, my, mz };
      const [first, last] = insideRange(line, source.shape, shape[0]);
      for (let i = 0; i < first; i++)
        target[at + i] = linearByCorners(source, plan, mx * i + x, my * i + y, mz * i + z);
      gatherInside(source, line, first, last, target, at);
      for (let i = first; i < last; i++) {
        // NaN or infinite: some neighbor is, and its weight can be 0.
        const value = target[at + i]!;
        if (value - value !== 0) target[at + i] = linearByCorners(source, plan, mx * i + x, my * i + y, mz * i + z);
      }
      for (let i = last; i < shape[0]; i++)
        target[at + i] = linearByCorners(source, plan, mx * i + x, my * i + y, mz * i + z);
    }
  }
}

/** Positions in the input along one row of the output: `mx * i + x` and so on. */
interface GatherLine {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly mx: number;
  readonly my: number;
  readonly mz: number;
}

/** The part of a row whose positions have all eight neighbors inside the image. */
function insideRange(
  line: GatherLine,
  shape: readonly [number, number, number],
  n: number,
): [first: number, last: number] {
  const { x, y, z, mx, my, mz } = line;
  let [first, last] = [0, n];
  for (const [from, step, size] of [
    [x, mx, shape[0]],
    [y, my, shape[1]],
    [z, mz, shape[2]],
  ] as const) {
    const [a, b] = [-from / step, (size - 1 - from) / step];
    if (step === 0) {
      if (!(from >= 0 && from < size - 1)) return [0, 0];
    } else {
      first = Math.max(first, Math.ceil(Math.min(a, b)));
      last = Math.min(last, Math.floor(Math.max(a, b)) + 1);
    }
  }
  // Rounding can be off by one, so the ends are checked.
  const isInside = (i: number) => {
    const [px, py, pz] = [mx * i + x, my * i + y, mz * i + z];
    return px >= 0 && py >= 0 && pz >= 0 && px < shape[0] - 1 && py < shape[1] - 1 && pz < shape[2] - 1;
  };
  while (first < last && !isInside(first)) first++;
  while (first < last && !isInside(last - 1)) last--;
  return first < last ? [first, last] : [0, 0];
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

/** The nearest voxel's value, ties to even; written in the same way as by {@link gatherLinear}. */
export function gatherNearest(source: GatherSource, plan: GatherPlan, target: TypedArray, start: number): void {
  const { samples, offset, shape, strides } = source;
  let at = start;
  forEachPosition(plan, (px, py, pz) => {
    const i = nearestIndex(px, shape[0], plan.padding, plan.alignCorners);
    const j = nearestIndex(py, shape[1], plan.padding, plan.alignCorners);
    const k = nearestIndex(pz, shape[2], plan.padding, plan.alignCorners);
    if (i >= 0 && j >= 0 && k >= 0) {
      target[at] = samples[offset + i * strides[0] + j * strides[1] + k * strides[2]]!;
    }
    at++;
  });
}

function forEachPosition(plan: GatherPlan, visit: (x: number, y: number, z: number) => void): void {
  const { map: m, shape, displacement } = plan;
  if (displacement) {
    forEachDisplaced(m, shape, displacement, visit);
    return;
  }
  const [mx, my, mz] = [m[0]!, m[4]!, m[8]!];
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      const x = m[1]! * j + m[2]! * k + m[3]!;
      const y = m[5]! * j + m[6]! * k + m[7]!;
      const z = m[9]! * j + m[10]! * k + m[11]!;
      for (let i = 0; i < shape[0]; i++) visit(mx * i + x, my * i + y, mz * i + z);
    }
  }
}

function forEachDisplaced(
  m: ArrayLike<number>,
  shape: readonly [number, number, number],
  [dx, dy, dz]: Displacement,
  visit: (x: number, y: number, z: number) => void,
): void {
  let at = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++, at++) {
        const [x, y, z] = [i + dx[at]!, j + dy[at]!, k + dz[at]!];
        visit(
          m[0]! * x + m[1]! * y + m[2]! * z + m[3]!,
          m[4]! * x + m[5]! * y + m[6]! * z + m[7]!,
          m[8]! * x + m[9]! * y + m[10]! * z + m[11]!,
        );
      }
    }
  }
}
