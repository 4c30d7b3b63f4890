/** Curves that values are mapped by, a block of values at a time, in double and in place. */
import { exponentiate } from "./power.ts";

/** A straight line: `(value - from) * factor + to`. */
export function alongLine(values: Float64Array, from: number, factor: number, to: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - from) * factor + to;
}

/** Points of a curve at equal distances: `heights[0]` at `first`, the last at `last`. */
export interface EvenCurve {
  readonly heights: Float64Array;
  readonly first: number;
  readonly last: number;
}

/** Straight lines between the points; beyond them the outermost heights. NaN stays. */
export function alongPoints(values: Float64Array, { heights, first, last }: EvenCurve): void {
  const lastPoint = heights.length - 1;
  const perUnit = lastPoint / (last - first);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value <= first) values[i] = heights[0]!;
    else if (value >= last) values[i] = heights[lastPoint]!;
    else if (!Number.isNaN(value)) {
      const place = (value - first) * perUnit;
      const below = Math.min(Math.floor(place), lastPoint - 1);
      values[i] = heights[below]! + (heights[below + 1]! - heights[below]!) * (place - below);
    }
  }
}

/** Bends values off softly towards a lower and an upper bound, undefined for none. */
export interface SoftBounds {
  readonly low?: number;
  readonly high?: number;
  /** How sharp the bend is, in 1 over the values' unit. */
  readonly sharpness: number;
}

/** Adds and takes away what softplus curves at the bounds make of the values (MONAI: `soft_clip`). */
export function alongSoftBounds(values: Float64Array, { low, high, sharpness }: SoftBounds): void {
  const before = values.slice();
  if (low !== undefined) addSoftplus(values, before, low, -sharpness);
  if (high !== undefined) addSoftplus(values, before, high, sharpness);
}

/** Takes away `log(1 + e^(k * (value - from))) / k`, without overflow. */
function addSoftplus(values: Float64Array, before: Float64Array, from: number, k: number): void {
  const powers = before.slice();
  alongLine(powers, from, k, 0);
  for (let i = 0; i < powers.length; i++) powers[i] = -Math.abs(powers[i]!);
  exponentiate(powers);
  for (let i = 0; i < values.length; i++) {
    const x = k * (before[i]! - from);
    values[i]! -= (Math.max(x, 0) + Math.log1p(powers[i]!)) / k;
  }
}
