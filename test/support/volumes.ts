import fc from "fast-check";
import { type Dtype, type TypedArray, Volume } from "voxrx";
import { allocate } from "../../src/samples.ts";
import { sizeOfShape } from "../../src/volume/strides.ts";

/** A volume with samples 0, 1, 2… in x-fastest order, plus `start`; in types that end before, they begin again. */
export function ramp(shape: readonly number[], dtype: Dtype = "float32", start = 0): Volume {
  const data = allocate(dtype, sizeOfShape(shape));
  for (let i = 0; i < data.length; i++) data[i] = i + start;
  return new Volume({ data, shape, layout: "x-fastest" });
}

/** A float32 image of these values, x fastest; a row along x unless it has a shape. */
export function row(values: readonly number[], shape: readonly number[] = [1, values.length, 1]): Volume {
  return new Volume({ data: Float32Array.from(values), shape, layout: "x-fastest" });
}

/** A float32 row of these values along x. */
export function line(...values: number[]): Volume {
  return row(values);
}

/** All values of a volume in x-fastest order, channels slowest. */
export function valuesOf(volume: Volume): number[] {
  return Array.from(volume.toContiguous().storage);
}

/** The whole of a volume as plain data, to be compared deeply. */
export function plain(volume: Volume): unknown {
  return {
    shape: volume.shape,
    dtype: volume.dtype,
    affine: Array.from(volume.affine),
    values: valuesOf(volume),
    meta: volume.meta,
  };
}

/** Items as plain data: volumes, tensors and typed arrays spelled out. Two items are byte-identical if and only if these are equal. */
export function spelledOut(value: unknown): unknown {
  if (value instanceof Volume) return plain(value);
  if (ArrayBuffer.isView(value)) return { type: value.constructor.name, values: Array.from(value as TypedArray) };
  if (Array.isArray(value)) return value.map(spelledOut);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spelledOut(inner)]));
  }
  return value;
}

/** Small volumes of every element type, some of them views. */
export const anyVolume: fc.Arbitrary<Volume> = fc
  .record({
    shape: fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      fc.tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
      ),
    ),
    dtype: fc.constantFrom<Dtype[]>("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"),
    flipped: fc.boolean(),
    start: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ shape, dtype, flipped, start }) => {
    const volume = ramp(shape, dtype, start);
    return flipped ? volume.flip([0]) : volume;
  });
