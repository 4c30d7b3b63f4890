/** What is gathered: every voxel of a result reads its neighbors at a position in an image. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";
import { edgeTolerance, type Surroundings } from "./sampling.ts";

/** A strided 3D image to gather from. */
export interface GatherSource {
  readonly samples: ReadonlySamples & TypedArray;
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

/** Positions in the input along one row of the output: `mx * i + x` and so on. */
export interface GatherLine {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly mx: number;
  readonly my: number;
  readonly mz: number;
}

/** The positions along a row of the output, without displacement. */
export function lineOf({ map: m }: GatherPlan, j: number, k: number): GatherLine {
  return {
    x: m[1]! * j + m[2]! * k + m[3]!,
    y: m[5]! * j + m[6]! * k + m[7]!,
    z: m[9]! * j + m[10]! * k + m[11]!,
    mx: m[0]!,
    my: m[4]!,
    mz: m[8]!,
  };
}

/** The longest way between the positions of neighbors in a row, along any axis. */
export function stepAlong({ map: m }: GatherPlan): number {
  return Math.max(Math.abs(m[0]!), Math.abs(m[4]!), Math.abs(m[8]!));
}

/** The part of a row of `n` voxels whose positions are from `low` up to, not including, `size + high` on all axes. */
export function rangeWithin(
  line: GatherLine,
  low: number,
  high: number,
  size: readonly [number, number, number],
  n: number,
): [first: number, last: number] {
  const { x, y, z, mx, my, mz } = line;
  const [endX, endY, endZ] = [size[0] + high, size[1] + high, size[2] + high];
  let first = Math.max(firstWithin(x, mx, low, endX), firstWithin(y, my, low, endY), firstWithin(z, mz, low, endZ), 0);
  let last = Math.min(lastWithin(x, mx, low, endX), lastWithin(y, my, low, endY), lastWithin(z, mz, low, endZ), n);
  // Rounding can be off by one, so the ends are checked.
  const isWithin = (i: number) => {
    const [px, py, pz] = [mx * i + x, my * i + y, mz * i + z];
    return px >= low && py >= low && pz >= low && px < endX && py < endY && pz < endZ;
  };
  while (first < last && !isWithin(first)) first++;
  while (first < last && !isWithin(last - 1)) last--;
  return first < last ? [first, last] : [0, 0];
}

/** About where positions along an axis come in: never, if they are outside and stay there. */
function firstWithin(from: number, step: number, low: number, end: number): number {
  if (step === 0) return from >= low && from < end ? 0 : Infinity;
  return Math.ceil(Math.min((low - from) / step, (end - from) / step));
}

/** The position after that where they go out again. */
function lastWithin(from: number, step: number, low: number, end: number): number {
  if (step === 0) return Infinity;
  return Math.floor(Math.max((low - from) / step, (end - from) / step)) + 1;
}

/** With `extent`, the part of a row that is inside the image up to the outer edges of its voxels; else the whole row. */
export function rangeInExtent(
  line: GatherLine,
  padding: Surroundings,
  size: readonly [number, number, number],
  n: number,
): [first: number, last: number] {
  return padding === "extent" ? rangeWithin(line, -0.5 - edgeTolerance, -0.5 + edgeTolerance, size, n) : [0, n];
}

/** The positions of a row of the output, one array for each axis. */
export type Positions = readonly [x: Float64Array, y: Float64Array, z: Float64Array];

/** Writes the positions of a row of the output, displaced if there is a displacement. */
export function writePositions(plan: GatherPlan, j: number, k: number, [px, py, pz]: Positions): void {
  const { map: m, shape, displacement } = plan;
  const width = shape[0];
  if (!displacement) {
    const { x, y, z, mx, my, mz } = lineOf(plan, j, k);
    for (let i = 0; i < width; i++) {
      px[i] = mx * i + x;
      py[i] = my * i + y;
      pz[i] = mz * i + z;
    }
    return;
  }
  const [dx, dy, dz] = displacement;
  for (let i = 0, at = width * (j + shape[1] * k); i < width; i++, at++) {
    const [x, y, z] = [i + dx[at]!, j + dy[at]!, k + dz[at]!];
    px[i] = m[0]! * x + m[1]! * y + m[2]! * z + m[3]!;
    py[i] = m[4]! * x + m[5]! * y + m[6]! * z + m[7]!;
    pz[i] = m[8]! * x + m[9]! * y + m[10]! * z + m[11]!;
  }
}

/** Arrays for the positions of a row of `n` voxels. */
export function rowPositions(n: number): Positions {
  return [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
}
