/** Resampling through any affine map, bent or not: every output voxel gathers its neighbours in the input. */
import type { ReadonlySamples, TypedArray } from "../volume/samples.ts";
import { foldPosition, nearestIndex, type Padding } from "./sampling.ts";

/** A strided 3D image to gather from. */
export interface GatherSource {
  readonly samples: ReadonlySamples;
  readonly offset: number;
  readonly shape: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
}

/** Where each output voxel lies in the input. */
export interface GatherPlan {
  /** Output index to input position, 4x4, row-major. */
  readonly map: ArrayLike<number>;
  readonly shape: readonly [number, number, number];
  readonly padding: Padding;
  readonly alignCorners: boolean;
  /** What is added to the output index, in voxels, before it is mapped. Default: nothing. */
  readonly displacement?: Displacement | undefined;
}

/** A vector for each output voxel: one array for each axis, x fastest, without gaps. */
export type Displacement = readonly [x: Float32Array, y: Float32Array, z: Float32Array];

/** Trilinear interpolation, in double; written x fastest, without gaps, from `start`. */
export function gatherLinear(source: GatherSource, plan: GatherPlan, target: Float32Array, start: number): void {
  const { samples, offset, shape, strides } = source;
  const [sx, sy, sz] = strides;
  const [lx, ly, lz] = [shape[0] - 1, shape[1] - 1, shape[2] - 1];
  let at = start;
  forEachPosition(plan, (px, py, pz) => {
    if (!(px >= 0 && py >= 0 && pz >= 0 && px < lx && py < ly && pz < lz)) {
      target[at++] = linearAtEdge(source, plan, px, py, pz);
      return;
    }
    const [x, y, z] = [Math.floor(px), Math.floor(py), Math.floor(pz)];
    const [fx, fy, fz] = [px - x, py - y, pz - z];
    const a = offset + x * sx + y * sy + z * sz;
    const [b, c, d] = [a + sy, a + sz, a + sy + sz];
    const low = between(between(samples[a]!, samples[a + sx]!, fx), between(samples[b]!, samples[b + sx]!, fx), fy);
    const high = between(between(samples[c]!, samples[c + sx]!, fx), between(samples[d]!, samples[d + sx]!, fx), fy);
    target[at++] = between(low, high, fz);
  });
}

function between(low: number, high: number, share: number): number {
  return low * (1 - share) + high * share;
}

/** The same at a position whose neighbours are not all inside of the image. */
function linearAtEdge(source: GatherSource, plan: GatherPlan, px: number, py: number, pz: number): number {
  const { samples, offset, shape, strides } = source;
  const { padding, alignCorners } = plan;
  const x = foldPosition(px, shape[0], padding, alignCorners);
  const y = foldPosition(py, shape[1], padding, alignCorners);
  const z = foldPosition(pz, shape[2], padding, alignCorners);
  const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  const [fx, fy, fz] = [x - x0, y - y0, z - z0];
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [i, j, k] = [x0 + (corner & 1), y0 + ((corner >> 1) & 1), z0 + (corner >> 2)];
    if (i < 0 || j < 0 || k < 0 || i >= shape[0] || j >= shape[1] || k >= shape[2]) continue;
    const weight = (corner & 1 ? fx : 1 - fx) * (corner & 2 ? fy : 1 - fy) * (corner & 4 ? fz : 1 - fz);
    sum += weight * samples[offset + i * strides[0] + j * strides[1] + k * strides[2]]!;
  }
  return sum;
}

/** The nearest voxel's value, ties to even; written as by {@link gatherLinear}. */
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
