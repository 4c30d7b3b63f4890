/** The memory layout of samples. */
import { FormatError } from "../errors.ts";
import { isTypedArray, type TypedArray } from "../samples.ts";
import { lengthOf } from "./unread.ts";

/** The order of samples in memory: which spatial axis runs fastest. Channels are always slowest. */
export type Layout = "x-fastest" | "z-fastest";

/** Strides, in samples, of a shape without gaps in the given layout. */
export function stridesFor(shape: readonly number[], layout: Layout): number[] {
  const rank = shape.length - 1;
  const axes = Array.from({ length: rank }, (_, axis) => (layout === "x-fastest" ? axis : rank - 1 - axis));
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of axes) {
    strides[axis + 1] = step;
    step *= shape[axis + 1]!;
  }
  strides[0] = step;
  return strides;
}

/** Number of samples that a shape spans. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Whether an image has the `wanted` strides. The stride of an axis of one voxel does not matter. */
export function hasStrides(shape: readonly number[], strides: readonly number[], wanted: readonly number[]): boolean {
  return strides.every((stride, axis) => stride === wanted[axis] || shape[axis] === 1);
}

/** Strides of a shape without gaps whose spatial axes run in `order`, the fastest first; channels are slowest. */
export function stridesInOrder(shape: readonly number[], order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const output of order) {
    strides[output + 1] = step;
    step *= shape[output + 1]!;
  }
  strides[0] = step;
  return strides;
}

/** The spatial axes of an image, from the one whose neighbors are nearest in memory on. */
export function memoryOrderOf(strides: readonly number[]): number[] {
  const along = strides.slice(1).map(Math.abs);
  return [...along.keys()].sort((a, b) => along[a]! - along[b]!);
}

/** Samples, a shape, and the memory layout of the shape in the samples. */
export interface Placement {
  /**
   * The samples, exactly those of `shape` in row-major order (z fastest, channels slowest), as in NumPy. The volume
   * takes ownership: do not write to them afterwards.
   */
  readonly data: TypedArray;
  /** `[channels, x, y, z]`, or `[channels, x, y]` for a 2D image. */
  readonly shape: readonly number[];
  /** `"x-fastest"` for samples in the order of a NIfTI file. Default `"z-fastest"`. */
  readonly layout?: Layout;
  /**
   * Distance between neighbors along each axis of `shape`, in samples: a view of `data`, which may be larger. Default:
   * those of `layout`.
   */
  readonly strides?: readonly number[];
  /** Index of the first voxel in `data`, in samples. Default 0. */
  readonly offset?: number;
}

/**
 * Returns the strides of samples in a shape, after checking them. Without `strides`, `data` must have exactly the
 * samples of the shape.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` when shape, strides and samples do not fit together
 */
export function checkedStrides({ data, shape, strides, offset = 0, layout }: Placement): number[] {
  if (!isTypedArray(data)) throw badVolume("samples must be a typed array of numbers of at most 64 bits");
  if (shape.length !== 3 && shape.length !== 4) {
    throw badVolume(`shape must be [channels, x, y, z] or [channels, x, y], got [${shape}]`);
  }
  if (!shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw badVolume(`shape must have non-negative integers only, got [${shape}]`);
  }
  if (strides) return stridesWithin(data, shape, strides, offset, layout);
  if (layout !== undefined && layout !== "x-fastest" && layout !== "z-fastest") {
    throw badVolume(`layout must be "z-fastest" or "x-fastest", got ${JSON.stringify(layout)}`);
  }
  const size = sizeOfShape(shape);
  if (offset !== 0 || lengthOf(data) !== size) {
    const from = offset === 0 ? "" : ` from offset ${offset}`;
    throw badVolume(
      `shape [${shape}] has ${size} samples, but data has ${lengthOf(data)}${from}`,
      "Give exactly the samples of the shape, or give strides and offset for a view of a larger buffer.",
    );
  }
  return stridesFor(shape, layout ?? "z-fastest");
}

function stridesWithin(
  data: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  layout: Layout | undefined,
): number[] {
  if (layout !== undefined) throw badVolume("give strides or layout, not both");
  if (strides.length !== shape.length)
    throw badVolume(`shape [${shape}] needs ${shape.length} strides, got ${strides.length}`);
  if (![offset, ...strides].every(Number.isSafeInteger)) {
    throw badVolume(`offset and strides must be integers, got ${offset} and [${strides}]`);
  }
  let [low, high] = [offset, offset];
  for (const [axis, n] of shape.entries()) {
    const reach = Math.max(0, n - 1) * strides[axis]!;
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  }
  if (!shape.includes(0) && (low < 0 || high >= lengthOf(data))) {
    throw badVolume(
      `shape [${shape}] with these strides needs samples ${low} to ${high}, but data has ${lengthOf(data)}`,
    );
  }
  return [...strides];
}

/** The error for an invalid volume, or for a view that a volume does not have. */
export function badVolume(
  fault: string,
  remedy = "Correct what is given to new Volume() or withSamples().",
): FormatError {
  return new FormatError("VOXRX_BAD_VOLUME", fault, { remedy });
}
