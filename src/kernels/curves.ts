/** Curves that map values, one block of values at a time, in double and in place. */
import { exponentiate } from "./power.ts";

/** A linear map: `(value - from) * factor + to`. */
export function mapAlongLine(values: Float64Array, from: number, factor: number, to: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - from) * factor + to;
}

/** Points of a curve at equal distances: `heights[0]` at `first`, the last at `last`. */
export interface EvenCurve {
  readonly heights: Float64Array;
  readonly first: number;
  readonly last: number;
}

/** Maps values along straight lines between the points; beyond them, to the outermost heights. NaN stays. */
export function mapAlongPoints(values: Float64Array, { heights, first, last }: EvenCurve): void {
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

/** Soft limits: a lower and an upper bound, each optional. */
export interface SoftBounds {
  readonly low?: number;
  readonly high?: number;
  /** Sharpness of the bend, in 1 over the values' unit. */
  readonly sharpness: number;
}

/** Limits values softly by adding and subtracting softplus curves at the bounds (MONAI: `soft_clip`). */
export function mapAlongSoftBounds(values: Float64Array, { low, high, sharpness }: SoftBounds): void {
  const before = values.slice();
  if (low !== undefined) addSoftplus(values, before, low, -sharpness);
  if (high !== undefined) addSoftplus(values, before, high, sharpness);
}

/** The exponential of a number below this is 0 in double. */
const vanishing = -746;

/** The logarithm of 1 plus a number below this is the number itself in double. */
const tiny = 2 ** -54;

/**
 * Takes away `log(1 + e^(k * (value - from))) / k`, without overflow. Most values are far from the bound, and need no
 * exponential and no logarithm.
 */
function addSoftplus(values: Float64Array, before: Float64Array, from: number, k: number): void {
  const powers = before.slice();
  mapAlongLine(powers, from, k, 0);
  for (let i = 0; i < powers.length; i++) {
    const power = -Math.abs(powers[i]!);
    powers[i] = power < vanishing ? 0 : power;
  }
  exponentiate(powers);
  for (let i = 0; i < values.length; i++) {
    const x = k * (before[i]! - from);
    const power = powers[i]!;
    const rest = Math.abs(x) > -vanishing ? 0 : power < tiny ? power : Math.log1p(power);
    values[i]! -= (Math.max(x, 0) + rest) / k;
  }
}
