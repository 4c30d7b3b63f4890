/** Replaces the values of labels. */
import { dtypeOf, type IntegerRange, integerRange, type TypedArray } from "../samples.ts";
import { blockLength, changeBlocks } from "./blocks.ts";
import { checkValues } from "./map-values.ts";
import type { Walk } from "./walk.ts";

/**
 * Writes `change(value)` for each value. There are few 8-bit and 16-bit integers, so `change` is called once for each
 * of them.
 *
 * @param refuse called with the first value that an integer `target` can't hold; omit it if all are known to fit
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

/** Whether a type can hold the result of every possible value, also of values that no voxel has. */
function fits({ values }: Table, [low, high]: IntegerRange): boolean {
  return values.every((value) => value >= low && value <= high);
}

interface Table {
  readonly values: Int32Array;
  /** The value of the first entry. */
  readonly first: number;
}

/**
 * The result for every value of a type; undefined if there are too many values for a table to pay off, or if results
 * are not integers.
 */
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
  if (!check && source instanceof Uint8Array && target instanceof Uint8Array) {
    lookUpBytes(source, Uint8Array.from(values), target);
  } else if (!check && source instanceof Int16Array && target instanceof Int16Array) {
    lookUpShorts(source, Int16Array.from(values), -first, target);
  } else {
    lookUpBlocks(source, values, -first, target, check);
  }
}

function lookUpBlocks(
  source: TypedArray,
  values: Int32Array,
  shift: number,
  target: TypedArray,
  check: ((labels: Int32Array) => void) | undefined,
): void {
  const block = new Int32Array(Math.min(blockLength, source.length));
  for (let at = 0; at < source.length; at += block.length) {
    const labels = at + block.length > source.length ? block.subarray(0, source.length - at) : block;
    labels.set(source.subarray(at, at + labels.length));
    for (let i = 0; i < labels.length; i++) labels[i] = values[labels[i]! + shift]!;
    check?.(labels);
    target.set(labels, at);
  }
}

// The types that most labels have get loops of their own, which take a third of the time of blocks.
function lookUpBytes(source: Uint8Array, values: Uint8Array, target: Uint8Array): void {
  for (let i = 0; i < source.length; i++) target[i] = values[source[i]!]!;
}

function lookUpShorts(source: Int16Array, values: Int16Array, shift: number, target: Int16Array): void {
  for (let i = 0; i < source.length; i++) target[i] = values[source[i]! + shift]!;
}

/** Sets each voxel of a mask to 1 where the value is above 0. */
export function markAboveZero(samples: TypedArray, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) if (samples[i]! > 0) mask[i] = 1;
}

/** Sets each voxel of a mask to 1 where another mask has one. */
export function joinMask(mask: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) mask[i]! |= other[i]!;
}
