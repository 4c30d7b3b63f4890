/** Labels whose values become others. */
import { dtypeOf, type IntegerRange, integerRange, type TypedArray } from "../samples.ts";
import { blockLength, changeBlocks } from "./blocks.ts";
import { checkValues } from "./map-values.ts";
import type { Walk } from "./walk.ts";

/**
 * Writes `change(value)` of each value. Integers of 8 or 16 bits are few: what each becomes is asked once.
 *
 * @param refuse called with the first value that an integer `target` can't hold; left out where all are known to fit
 */
export function changeLabels(
  source: TypedArray,
  change: (value: number) => number,
  target: TypedArray,
  refuse?: (value: number) => never,
): void {
  const range = refuse && integerRange(dtypeOf(target));
  const check = range && ((values: Float64Array | Int32Array) => checkValues(values, range, refuse));
  const table = tableFor(source, change);
  if (table) lookUp(source, table, target, range && !fits(table, range) ? check : undefined);
  else {
    const changeEach = (values: Float64Array) => {
      for (let i = 0; i < values.length; i++) values[i] = change(values[i]!);
      check?.(values);
    };
    changeBlocks(source, wholeOf(source), changeEach, target, 0);
  }
}

function wholeOf({ length }: TypedArray): Walk {
  return { start: 0, counts: [1, 1, length], steps: [0, 0, 1] };
}

/** Whether a type holds what every value would become, also those that no voxel has. */
function fits({ values }: Table, [low, high]: IntegerRange): boolean {
  return values.every((value) => value >= low && value <= high);
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

function lookUp(
  source: TypedArray,
  { values, first }: Table,
  target: TypedArray,
  check: ((labels: Int32Array) => void) | undefined,
): void {
  for (let at = 0; at < source.length; at += blockLength) {
    const labels = new Int32Array(source.subarray(at, at + blockLength));
    for (let i = 0; i < labels.length; i++) labels[i] = values[labels[i]! - first]!;
    check?.(labels);
    target.set(labels, at);
  }
}

/** Sets each voxel of a mask where another has one. */
export function joinMask(mask: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) mask[i]! |= other[i]!;
}
