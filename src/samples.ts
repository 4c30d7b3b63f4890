/** Element types and their typed arrays. */
import { PipelineError } from "./errors.ts";
import { keepFreedMemory } from "./keep-freed-memory.ts";

/** Element type of samples. */
export type Dtype = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";

/** A typed array that can store samples. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

interface TypedArrayConstructor {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
}

const arrays: Readonly<Record<Dtype, TypedArrayConstructor>> = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * Read-only samples: an array of any element type that cannot be written to by index. The members listed here can be
 * called on all element types (TypeScript can't choose among the overloads of eight classes).
 */
export interface ReadonlySamples extends Iterable<number> {
  readonly length: number;
  readonly byteLength: number;
  readonly [index: number]: number;
  /** The samples from `begin` to `end`, in the same memory. */
  subarray(begin?: number, end?: number): Samples;
  reduce(callback: (sofar: number, value: number, index: number, samples: ReadonlySamples) => number): number;
  reduce<T>(callback: (sofar: T, value: number, index: number, samples: ReadonlySamples) => T, initial: T): T;
  reduceRight(callback: (sofar: number, value: number, index: number, samples: ReadonlySamples) => number): number;
  reduceRight<T>(callback: (sofar: T, value: number, index: number, samples: ReadonlySamples) => T, initial: T): T;
  findLast(predicate: (value: number, index: number, samples: ReadonlySamples) => unknown): number | undefined;
}

/** Read-only samples of any element type, for functions that take a typed array. */
export type Samples = ReadonlySamples & ReadonlyOf<TypedArray>;

/** Applied to each class separately, so that the result is still a union. */
type ReadonlyOf<A> = A extends TypedArray ? Readonly<A> : never;

/** All element types, the narrowest first. */
export const dtypes: readonly Dtype[] = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"];

/** Returns whether a value is one of the typed arrays that can store samples. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && Object.values(arrays).some((Type) => value instanceof Type);
}

/** The element type of a typed array. */
export function dtypeOf(array: TypedArray): Dtype {
  for (const dtype of dtypes) if (array instanceof arrays[dtype]) return dtype;
  throw new TypeError(`expected a typed array of samples, got ${array}`);
}

/** A zero-filled array of `length` samples. @throws PipelineError `VOXRX_TOO_LARGE` if there is no memory for it */
export function allocate(dtype: "float32", length: number): Float32Array<ArrayBuffer>;
export function allocate(dtype: Dtype, length: number): TypedArray;
export function allocate(dtype: Dtype, length: number): TypedArray {
  keepFreedMemory(length * bytesPerSample(dtype));
  try {
    return new arrays[dtype](length);
  } catch (cause) {
    throw tooLarge(`${length} samples of ${dtype}`, cause);
  }
}

/**
 * Memory for bytes, alone in its buffer, with whatever it held before: write all of it before anybody reads it.
 *
 * @throws PipelineError `VOXRX_TOO_LARGE` if there is not enough memory
 */
export function allocateUnfilled(bytes: number): Uint8Array<ArrayBuffer> {
  keepFreedMemory(bytes);
  try {
    const { buffer } = Buffer.allocUnsafeSlow(bytes);
    return new Uint8Array(buffer);
  } catch (cause) {
    throw tooLarge(`${bytes} bytes`, cause);
  }
}

/** {@link allocateUnfilled} for samples. @throws PipelineError `VOXRX_TOO_LARGE` */
export function unfilledSamples(dtype: Dtype, length: number): TypedArray {
  return viewAs(dtype, allocateUnfilled(length * bytesPerSample(dtype)).buffer, 0, length);
}

function tooLarge(what: string, cause: unknown): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `${what} do not fit into memory`, {
    cause,
    remedy: "Give the process more memory, or use a narrower dtype or a smaller size.",
  });
}

/** An array over existing memory, without a copy. `byteOffset` must be a multiple of the element's size. */
export function viewAs(dtype: Dtype, buffer: ArrayBufferLike, byteOffset = 0, length?: number): TypedArray {
  return new arrays[dtype](buffer, byteOffset, length);
}

/** Bytes of one sample. */
export function bytesPerSample(dtype: Dtype): number {
  return arrays[dtype].BYTES_PER_ELEMENT;
}

/** Whether samples of this type are integers. */
export function isIntegerDtype(dtype: Dtype): boolean {
  return dtype !== "float32" && dtype !== "float64";
}

/** The smallest and the largest integer of a type. */
export type IntegerRange = readonly [low: number, high: number];

/** The range of an integer type; undefined for float types. */
export function integerRange(dtype: Dtype): IntegerRange | undefined {
  if (!isIntegerDtype(dtype)) return undefined;
  const bits = 8 * bytesPerSample(dtype);
  return dtype.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** Whether a type can hold every value of another. Float32 can hold all integers of up to 16 bits. */
export function holdsAllOf(dtype: Dtype, other: Dtype): boolean {
  if (dtype === other || dtype === "float64") return true;
  const wanted = integerRange(other);
  if (!wanted) return false;
  const [low, high] = integerRange(dtype) ?? [-(2 ** 24), 2 ** 24];
  return wanted[0] >= low && wanted[1] <= high;
}

/** Whether values of another type have to be checked before they become integers of this one. */
export function mayNotHold(dtype: Dtype, other: Dtype): boolean {
  return isIntegerDtype(dtype) && !holdsAllOf(dtype, other);
}

/** Whether a type can hold a value; float types can hold all values up to their largest, rounded to the nearest. */
export function holds(dtype: Dtype, value: number): boolean {
  const range = integerRange(dtype);
  if (dtype === "float32" && Number.isFinite(value)) return Number.isFinite(Math.fround(value));
  return !range || (Number.isInteger(value) && value >= range[0] && value <= range[1]);
}

/**
 * The type that can hold both the samples of `dtype` and the values: `dtype` itself if it can hold the values, else
 * float32, or float64 if float32 can't hold all integers of the type or those among the values.
 */
export function dtypeWith(dtype: Dtype, values: readonly number[]): Dtype {
  if (values.every((value) => holds(dtype, value))) return dtype;
  const isExact = values.every((value) => !Number.isInteger(value) || Math.fround(value) === value);
  return isExact && holdsAllOf("float32", dtype) ? "float32" : "float64";
}

/** The narrowest type that can hold every value of all given types. */
export function commonDtype(given: readonly Dtype[]): Dtype {
  return dtypes.find((wide) => given.every((narrow) => holdsAllOf(wide, narrow))) ?? "float64";
}

/** The bytes of an array's samples, without a copy. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
