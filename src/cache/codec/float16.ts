/** Half precision (IEEE 754 binary16) for stored samples: 11 significant bits, largest finite value 65504. */

/** Type in which float32 samples of volumes are stored. */
export type StoredDtype = "keep" | "float16";

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);
let table: Float32Array | undefined;

/**
 * Writes samples as half-precision bit patterns, rounded to nearest, ties to even. Values beyond 65519 become infinity.
 */
export function encodeFloat16(source: Float32Array, target: Uint16Array): void {
  for (let i = 0; i < source.length; i++) target[i] = halfOf(source[i] ?? 0);
}

/** The samples that half-precision bit patterns represent; each is exact in single precision. */
export function decodeFloat16(source: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, half) => singleOf(half));
  const target = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) target[i] = table[source[i] ?? 0] ?? 0;
  return target;
}

function halfOf(value: number): number {
  number[0] = value;
  const pattern = bits[0] ?? 0;
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From 65520 on, the nearest half would be 65536, which is beyond the largest finite one.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundEven(Math.abs(value) * 2 ** 24);
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function singleOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
