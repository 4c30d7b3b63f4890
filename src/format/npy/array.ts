/** NumPy arrays in memory: what `.npy` files and the members of `.npz` archives hold. */
import { PipelineError } from "../../errors.ts";
import type { Dtype, TypedArray } from "../../volume/samples.ts";
import { makeDecoder } from "../nifti/samples.ts";
import { realDatatype, truncated } from "../stored-image.ts";
import { type NpyHeader, parseNpyHeader } from "./header.ts";

/** An array: numbers and their shape. */
export interface NpyArray {
  /** In the order of the file: the last axis is the fastest, or the first if `fortranOrder`. */
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** NumPy's word for the type on disk. */
  readonly storedAs: NpyHeader["number"];
}

/**
 * The array that bytes hold. 64-bit integers become 32-bit ones if all fit, else float64; float16 becomes float32, bool uint8.
 *
 * @throws FormatError as `parseNpyHeader`, and `VOXRX_TRUNCATED_FILE`; PipelineError `VOXRX_TOO_LARGE`
 */
export function decodeNpy(bytes: Uint8Array, path: string, dtype: Dtype | "auto" = "auto"): NpyArray {
  const header = parseNpyHeader(bytes, path);
  const { shape, fortranOrder, number: storedAs } = header;
  const count = shape.reduce((product, size) => product * size, 1);
  const wanted = count * header.bytes;
  const samples = bytes.subarray(header.offset);
  if (!Number.isSafeInteger(wanted))
    throw new PipelineError("VOXRX_TOO_LARGE", `an array of ${shape} is too large`, { file: path });
  if (samples.length < wanted) {
    throw truncated(`the header announces ${wanted} bytes of samples, and ${samples.length} are there`, path);
  }
  return {
    data: decodeNumbers(samples.subarray(0, wanted), header, count, dtype, path),
    shape,
    fortranOrder,
    storedAs,
  };
}

function decodeNumbers(
  samples: Uint8Array,
  header: NpyHeader,
  count: number,
  dtype: Dtype | "auto",
  path: string,
): TypedArray {
  const { number, littleEndian } = header;
  const [stored, as] =
    number === "float16" ? [halvesToFloats(samples, littleEndian), "float32" as const] : [samples.slice(), number];
  const datatype = realDatatype(as === "bool" ? "uint8" : as);
  const isLittle = number === "float16" || littleEndian;
  const decoder = makeDecoder({ datatype, littleEndian: isLittle, count, scaling: undefined, dtype, path });
  decoder.add(stored);
  return decoder.finish();
}

/** Numbers of 16 bits (IEEE 754 binary16) as floats of 32, little-endian, which hold them exactly. */
function halvesToFloats(bytes: Uint8Array, littleEndian: boolean): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const floats = new DataView(new ArrayBuffer(bytes.length * 2));
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const bits = view.getUint16(at, littleEndian);
    const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
    const value =
      exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1 + fraction / 1024) * 2 ** (exponent - 15);
    floats.setFloat32(at * 2, sign * value, true);
  }
  return new Uint8Array(floats.buffer);
}
