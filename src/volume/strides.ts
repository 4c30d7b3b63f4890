/** How samples of a shape lie in memory. */
import { FormatError } from "../errors.ts";
import { isTypedArray, type TypedArray } from "../samples.ts";

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

/** Whether an image lies as `wanted` says. The stride of an axis of one voxel does not matter. */
export function hasStrides(shape: readonly number[], strides: readonly number[], wanted: readonly number[]): boolean {
  return strides.every((stride, axis) => stride === wanted[axis] || shape[axis] === 1);
}

/** Samples, a shape, and how the one lies in the other. */
export interface Placement {
  /**
   * The samples, exactly those of `shape` in row-major order (z fastest, channels slowest), as in NumPy. The volume
   * takes them over: do not write to them afterwards.
   */
  readonly data: TypedArray;
  /** `[channels, x, y, z]`, or `[channels, x, y]` for a 2D image. */
  readonly shape: readonly number[];
  /** `"x-fastest"` for samples in the order of a NIfTI file. Default `"z-fastest"`. */
  readonly layout?: Layout;
  /**
   * Distance between neighbours along each axis of `shape`, in samples: a view of `data`, which may be larger. Default:
   * those of `layout`.
   */
  readonly strides?: readonly number[];
  /** Place of the first voxel in `data`, in samples. Default 0. */
  readonly offset?: number;
}

/**
 * The strides of samples in a shape. Without `strides` the samples are exactly those of the shape.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` when shape, strides and samples do not fit together
 */
export function checkedStrides({ data, shape, strides, offset = 0, layout }: Placement): number[] {
  if (!isTypedArray(data)) throw badVolume("samples must be a typed array of numbers of at most 64 bits");
  if (shape.length !== 3 && shape.length !== 4) {
    throw badVolume(`shape [${shape}] is neither [channels, x, y, z] nor [channels, x, y]`);
  }
  if (!shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw badVolume(`shape [${shape}] is not made of non-negative integers`);
  }
  if (strides) return stridesWithin(data, shape, strides, offset, layout);
  if (layout !== undefined && layout !== "x-fastest" && layout !== "z-fastest") {
    throw badVolume(`layout must be "z-fastest" or "x-fastest", got ${JSON.stringify(layout)}`);
  }
  const size = sizeOfShape(shape);
  if (offset !== 0 || data.length !== size) {
    const from = offset === 0 ? "" : ` from offset ${offset}`;
    throw badVolume(
      `shape [${shape}] has ${size} samples, but data has ${data.length}${from}`,
      "Give exactly the samples of the shape, or strides and offset for a view of a larger buffer.",
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
  if (layout !== undefined) throw badVolume("strides and layout exclude each other: give one of them");
  if (strides.length !== shape.length) throw badVolume(`${strides.length} strides do not fit shape [${shape}]`);
  if (![offset, ...strides].every(Number.isSafeInteger)) {
    throw badVolume(`offset ${offset} and strides [${strides}] are not integers`);
  }
  let [low, high] = [offset, offset];
  for (const [axis, n] of shape.entries()) {
    const reach = Math.max(0, n - 1) * strides[axis]!;
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  }
  if (!shape.includes(0) && (low < 0 || high >= data.length)) {
    throw badVolume(`shape [${shape}] reaches samples ${low} to ${high} of ${data.length}`);
  }
  return [...strides];
}

/** The error for a volume that cannot be, or a view that a volume cannot give. */
export function badVolume(fault: string, remedy?: string): FormatError {
  return new FormatError("VOXRX_BAD_VOLUME", fault, { remedy });
}
