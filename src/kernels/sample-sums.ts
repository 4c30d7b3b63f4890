/**
 * Loops over the values of images. Each loop is a separate function that gets its numbers as parameters: variables of a
 * closure would be fetched from the heap for every value.
 */
import type { ReadonlySamples } from "../samples.ts";
import { changeBlocks, eachBlock } from "./blocks.ts";
import { mapAlongLine } from "./curves.ts";
import { changeFloatBlocks, eachFloatBlock, fitFloats } from "./float-blocks.ts";
import { floatAtMost } from "./float-math.ts";
import type { ValueLoops } from "./plain-value-loops.ts";
import { valueLoops, valuesAt, workAt } from "./value-loops.ts";
import type { Walk } from "./walk.ts";

/** The minimum and the maximum of some values. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** The minimum and the maximum, with NaN ignored; without any values, Infinity and -Infinity. */
export function extentOf(source: ReadonlySamples, walk: Walk): Extent {
  if (fitFloats(source)) return extentOfFloats(source, walk);
  let extent: Extent = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  eachBlock(source, walk, (values) => {
    extent = widened(values, extent.min, extent.max);
  });
  return extent;
}

function extentOfFloats(source: ReadonlySamples, walk: Walk): Extent {
  const extents = new Float32Array(valueLoops().memory, workAt, 8);
  extents.fill(Number.POSITIVE_INFINITY, 0, 4).fill(Number.NEGATIVE_INFINITY, 4);
  eachFloatBlock(source, walk, (loops, length) => loops.widen(valuesAt, length, workAt));
  return { min: Math.min(...extents.subarray(0, 4)), max: Math.max(...extents.subarray(4)) };
}

function widened(values: Float64Array, min: number, max: number): Extent {
  let [least, greatest] = [min, max];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { min: least, max: greatest };
}

/** `(value - from) * factor + to`, computed in double, rounded once and clipped to `low` and `high`. */
export interface LinearMap {
  readonly from: number;
  readonly factor: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  /** Whether zeros stay zero. */
  readonly keepZero?: boolean;
}

/** Writes the mapped values one after the other, starting at `at`. NaN stays NaN. */
export function mapLinear(
  source: ReadonlySamples,
  walk: Walk,
  { from, factor, to, low, high, keepZero = false }: LinearMap,
  target: Float32Array,
  at: number,
): void {
  if (fitFloats(source)) {
    const change = (loops: ValueLoops, length: number) =>
      loops.mapLine(valuesAt, length, from, factor, to, low, high, keepZero);
    changeFloatBlocks(source, walk, change, target, at);
    return;
  }
  const isCut = low !== Number.NEGATIVE_INFINITY || high !== Number.POSITIVE_INFINITY;
  const map = keepZero ? mapAlongLineKeepingZero : mapAlongLine;
  const change = (values: Float64Array) => {
    map(values, from, factor, to);
    if (isCut) cut(values, low, high);
  };
  changeBlocks(source, walk, change, target, at);
}

function mapAlongLineKeepingZero(values: Float64Array, from: number, factor: number, to: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    values[i] = value === 0 ? 0 : (value - from) * factor + to;
  }
}

function cut(values: Float64Array, low: number, high: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) values[i] = low;
    else if (value > high) values[i] = high;
  }
}

/** Number and sum of the values, with NaN and infinite ones ignored; with `nonzero`, zeros too. */
export function sumOf(source: ReadonlySamples, walk: Walk, nonzero: boolean): [n: number, sum: number] {
  if (fitFloats(source)) {
    const { memory } = valueLoops();
    const [sums, counts] = [
      new Float64Array(memory, workAt, 4).fill(0),
      new Int32Array(memory, workAt + 32, 4).fill(0),
    ];
    eachFloatBlock(source, walk, (loops, length) => loops.addSums(valuesAt, length, workAt, nonzero));
    return [counts.reduce((total, n) => total + n, 0), totalOf(sums)];
  }
  let sums: [n: number, sum: number] = [0, 0];
  eachBlock(source, walk, (block) => {
    const values = counted(block, nonzero);
    sums = [sums[0] + values.length, sumFrom(values, sums[1])];
  });
  return sums;
}

/** Sum of the squared distances from `mean`, over the values that {@link sumOf} counts. */
export function squaresOf(source: ReadonlySamples, walk: Walk, nonzero: boolean, mean: number): number {
  if (fitFloats(source)) {
    const sums = new Float64Array(valueLoops().memory, workAt, 4).fill(0);
    eachFloatBlock(source, walk, (loops, length) => loops.addSquares(valuesAt, length, workAt, mean, nonzero));
    return totalOf(sums);
  }
  let sum = 0;
  eachBlock(source, walk, (block) => {
    sum = squaresFrom(counted(block, nonzero), mean, sum);
  });
  return sum;
}

/** The sum of four sums. */
function totalOf([a = 0, b = 0, c = 0, d = 0]: Float64Array): number {
  return a + b + (c + d);
}

/** The values that count; the block itself if all do. The sum of the block shows whether any value is not finite. */
function counted(values: Float64Array, nonzero: boolean): Float64Array {
  if (!nonzero && Number.isFinite(sumFrom(values, 0))) return values;
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) || (nonzero && value === 0)) continue;
    values[n++] = value;
  }
  return values.subarray(0, n);
}

function sumFrom(values: Float64Array, start: number): number {
  let sum = start;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

function squaresFrom(values: Float64Array, mean: number, start: number): number {
  let sum = start;
  for (let i = 0; i < values.length; i++) {
    const distance = values[i]! - mean;
    sum += distance * distance;
  }
  return sum;
}

/** Which values {@link keepBeyond} keeps. */
export interface ThresholdRule {
  readonly threshold: number;
  /** Keep the values above the threshold; false: those below. */
  readonly above: boolean;
  /** Replaces all other values. */
  readonly otherwise: number;
}

/** Writes the values beyond the threshold, and `otherwise` for all others, including NaN. */
export function keepBeyond(
  source: ReadonlySamples,
  walk: Walk,
  { threshold, above, otherwise }: ThresholdRule,
  target: Float32Array,
  at: number,
): void {
  if (fitFloats(source)) {
    // A float is above a number if it is above the next float.
    const limit = above ? floatAtMost(threshold) : -floatAtMost(-threshold);
    const change = (loops: ValueLoops, length: number) => loops.keepBeyond(valuesAt, length, limit, !above, otherwise);
    changeFloatBlocks(source, walk, change, target, at);
    return;
  }
  const keep = above ? keepAbove : keepBelow;
  changeBlocks(source, walk, (values) => keep(values, threshold, otherwise), target, at);
}

function keepAbove(values: Float64Array, threshold: number, otherwise: number): void {
  for (let i = 0; i < values.length; i++) if (!(values[i]! > threshold)) values[i] = otherwise;
}

function keepBelow(values: Float64Array, threshold: number, otherwise: number): void {
  for (let i = 0; i < values.length; i++) if (!(values[i]! < threshold)) values[i] = otherwise;
}
