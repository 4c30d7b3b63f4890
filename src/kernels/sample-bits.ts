/** Samples as integers of their width. */
import type { ReadonlySamples, TypedArray } from "../samples.ts";

/**
 * The same memory as one of four classes. V8 compiles a loop for up to four classes of arrays; with all eight, each
 * access takes several times as long.
 */
function asBits(samples: TypedArray): TypedArray {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT: width } = samples;
  if (width === 1) return new Uint8Array(buffer, byteOffset, length);
  if (width === 2) return new Uint16Array(buffer, byteOffset, length);
  return width === 4 ? new Uint32Array(buffer, byteOffset, length) : samples;
}

/** Two arrays between which samples are copied: as bits, if they are of the same type. */
export function bothAsBits(
  source: ReadonlySamples & TypedArray,
  target: TypedArray,
): readonly [source: ReadonlySamples & TypedArray, target: TypedArray] {
  return source.constructor === target.constructor ? [asBits(source), asBits(target)] : [source, target];
}
