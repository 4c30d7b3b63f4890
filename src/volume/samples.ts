/** Element types and the typed arrays that carry them. */

/** Element type of samples. */
export type Dtype = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";

/** A typed array that can carry samples. */
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

/** Samples to look at: the same memory as the array behind it, without the ways to write to it. */
export interface ReadonlySamples extends Iterable<number> {
  readonly length: number;
  readonly byteLength: number;
  readonly [index: number]: number;
  /** The samples from `begin` to `end`, of the same memory. */
  subarray(begin?: number, end?: number): ReadonlySamples;
}

/** All element types, the narrowest first. */
export const dtypes: readonly Dtype[] = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"];

/** Tells whether a value is one of the typed arrays that can carry samples. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && Object.values(arrays).some((Type) => value instanceof Type);
}

/** The element type that a typed array carries. */
export function dtypeOf(array: TypedArray): Dtype {
  for (const dtype of dtypes) if (array instanceof arrays[dtype]) return dtype;
  throw new TypeError(`${array} carries no samples`);
}

/** A zero-filled array of `length` samples. */
export function allocate(dtype: Dtype, length: number): TypedArray {
  return new arrays[dtype](length);
}

/** An array over existing memory, without a copy. `byteOffset` must be a multiple of the element's size. */
export function viewAs(dtype: Dtype, buffer: ArrayBufferLike, byteOffset = 0, length?: number): TypedArray {
  return new arrays[dtype](buffer, byteOffset, length);
}

/** Bytes of one sample. */
export function bytesPerSample(dtype: Dtype): number {
  return arrays[dtype].BYTES_PER_ELEMENT;
}

/** Whether samples of this type are whole numbers. */
export function isIntegerDtype(dtype: Dtype): boolean {
  return dtype !== "float32" && dtype !== "float64";
}

/** The bytes of an array's samples, without a copy. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
