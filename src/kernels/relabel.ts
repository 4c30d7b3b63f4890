/** Labels whose values become others. */
import type { TypedArray } from "../volume/samples.ts";

/** Values worked on at a time. */
const blockLength = 2048;

/** Writes `change(value)` of each value. Whole numbers of 8 or 16 bits are few: what each becomes is asked once. */
export function changeLabels(source: TypedArray, change: (value: number) => number, target: TypedArray): void {
  const table = tableFor(source, change);
  for (let at = 0; at < source.length; at += blockLength) {
    const values = source.subarray(at, at + blockLength);
    target.set(table ? lookedUp(new Int32Array(values), table) : Float64Array.from(values, change), at);
  }
}

interface Table {
  readonly values: Int32Array;
  /** The value that comes first. */
  readonly first: number;
}

/** What all values of a type become; undefined where they are too many to be worth it, or become no whole numbers. */
function tableFor(source: TypedArray, change: (value: number) => number): Table | undefined {
  const count = 2 ** (8 * source.BYTES_PER_ELEMENT);
  if (count > 2 ** 16 || source.length < count) return undefined;
  const first = source instanceof Int8Array || source instanceof Int16Array ? -count / 2 : 0;
  const changed = Array.from({ length: count }, (_, n) => change(n + first));
  return changed.every((value) => value === (value | 0)) ? { values: Int32Array.from(changed), first } : undefined;
}

function lookedUp(labels: Int32Array, { values, first }: Table): Int32Array {
  for (let i = 0; i < labels.length; i++) labels[i] = values[labels[i]! - first]!;
  return labels;
}

/** Sets each voxel of a mask where another has one. */
export function joinMask(mask: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) mask[i]! |= other[i]!;
}
