/** Loops over the values of images. */
import type { ReadonlySamples } from "../volume/samples.ts";
import { changeBlocks, eachBlock } from "./blocks.ts";
import type { Walk } from "./walk.ts";

/** The least and the greatest of some values. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** The least and the greatest value, NaN left out; infinities the wrong way round where there is none. */
export function extentOf(source: ReadonlySamples, walk: Walk): Extent {
  let extent: Extent = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  eachBlock(source, walk, (values) => {
    // Kept in the function: a number that is shared with a closure is written to the heap each time.
    let { min, max } = extent;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    extent = { min, max };
  });
  return extent;
}

/** `(value - from) * factor + to`, computed in double, rounded once and kept between `low` and `high`. */
export interface LinearMap {
  readonly from: number;
  readonly factor: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  /** Zeros stay zeros. */
  readonly keepZero?: boolean;
}

/** Writes the mapped values one after the other from `at`. NaN stays NaN. */
export function mapLinear(
  source: ReadonlySamples,
  walk: Walk,
  { from, factor, to, low, high, keepZero = false }: LinearMap,
  target: Float32Array,
  at: number,
): void {
  const change = (values: Float64Array) => {
    for (let i = 0; i < values.length; i++) {
      const before = values[i]!;
      const value = keepZero && before === 0 ? 0 : (before - from) * factor + to;
      values[i] = value < low ? low : value > high ? high : value;
    }
  };
  changeBlocks(source, walk, change, target, at);
}

/** Number and sum of some values, NaN left out; with `nonzero` zeros too. */
export function sumOf(source: ReadonlySamples, walk: Walk, nonzero: boolean): [n: number, sum: number] {
  let sums: [n: number, sum: number] = [0, 0];
  eachBlock(source, walk, (block) => {
    const values = withoutNaN(block);
    let [n, sum] = sums;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    for (let i = 0; nonzero && i < values.length; i++) if (values[i] === 0) n--;
    sums = [n + values.length, sum];
  });
  return sums;
}

/** Sum of the squared distances from `mean`, of the values that {@link sumOf} counts. */
export function squaresOf(source: ReadonlySamples, walk: Walk, nonzero: boolean, mean: number): number {
  let squares = 0;
  eachBlock(source, walk, (block) => {
    const values = withoutNaN(block);
    let sum = squares;
    for (let i = 0; i < values.length; i++) {
      const distance = nonzero && values[i] === 0 ? 0 : values[i]! - mean;
      sum += distance * distance;
    }
    squares = sum;
  });
  return squares;
}

/** The block itself if nothing in it is NaN, which its sum says, else its other values. */
function withoutNaN(values: Float64Array): Float64Array {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isNaN(sum) ? values.filter((value) => !Number.isNaN(value)) : values;
}

/** Writes the values beyond `threshold` (above it, or below), and `otherwise` for all others, NaN too. */
export function keepBeyond(
  source: ReadonlySamples,
  walk: Walk,
  { threshold, above, otherwise }: { readonly threshold: number; readonly above: boolean; readonly otherwise: number },
  target: Float32Array,
  at: number,
): void {
  const change = (values: Float64Array) => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!(above ? value > threshold : value < threshold)) values[i] = otherwise;
    }
  };
  changeBlocks(source, walk, change, target, at);
}
