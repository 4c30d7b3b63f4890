/** Loops over the values of images. */
import type { ReadonlySamples } from "../volume/samples.ts";
import type { Walk } from "./walk.ts";

/** The least and the greatest of some values. */
export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** The least and the greatest value, NaN left out; infinities the wrong way round where there is none. */
export function extentOf(source: ReadonlySamples, { start, counts, steps }: Walk): Extent {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      let at = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; i++, at += steps[2]) {
        const value = source[at]!;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
  }
  return { min, max };
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
  { start, counts, steps }: Walk,
  { from, factor, to, low, high, keepZero = false }: LinearMap,
  target: Float32Array,
  at: number,
): void {
  let t = at;
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      let s = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; i++, s += steps[2]) {
        const before = source[s]!;
        const value = keepZero && before === 0 ? 0 : (before - from) * factor + to;
        target[t++] = value < low ? low : value > high ? high : value;
      }
    }
  }
}

/** Number and sum of some values, NaN left out; with `nonzero` zeros too. */
export function sumOf(
  source: ReadonlySamples,
  { start, counts, steps }: Walk,
  nonzero: boolean,
): [n: number, sum: number] {
  let [n, sum] = [0, 0];
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      let at = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; i++, at += steps[2]) {
        const value = source[at]!;
        if ((nonzero && value === 0) || Number.isNaN(value)) continue;
        n++;
        sum += value;
      }
    }
  }
  return [n, sum];
}

/** Sum of the squared distances from `mean`, of the values that {@link sumOf} counts. */
export function squaresOf(
  source: ReadonlySamples,
  { start, counts, steps }: Walk,
  nonzero: boolean,
  mean: number,
): number {
  let sum = 0;
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      let at = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; i++, at += steps[2]) {
        const value = source[at]!;
        if ((nonzero && value === 0) || Number.isNaN(value)) continue;
        sum += (value - mean) * (value - mean);
      }
    }
  }
  return sum;
}

/** Writes the values beyond `threshold` (above it, or below), and `otherwise` for all others, NaN too. */
export function keepBeyond(
  source: ReadonlySamples,
  { start, counts, steps }: Walk,
  { threshold, above, otherwise }: { readonly threshold: number; readonly above: boolean; readonly otherwise: number },
  target: Float32Array,
  at: number,
): void {
  let t = at;
  for (let k = 0; k < counts[0]; k++) {
    for (let j = 0; j < counts[1]; j++) {
      let s = start + k * steps[0] + j * steps[1];
      for (let i = 0; i < counts[2]; i++, s += steps[2]) {
        const value = source[s]!;
        target[t++] = (above ? value > threshold : value < threshold) ? value : otherwise;
      }
    }
  }
}
