/** Curves that map values, one block of values at a time, in double and in place. */
import { fitFloats, mapFloatBlocks } from "./float-blocks.ts";
import type { ValueLoops } from "./plain-value-loops.ts";
import { type Dense, mapBlocks, type Strided } from "./strided.ts";
import { valueLoops, valuesAt, workAt } from "./value-loops.ts";

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

/** New samples: the values mapped along straight lines between the points; beyond them, to the outermost heights. */
export function mapAlongPoints(image: Strided, curve: EvenCurve): Dense {
  const { heights, first, last } = curve;
  const points = heights.length;
  if (!fitFloats(image.storage) || points > mostPoints) return mapBlocks(image, (values) => mapDoubles(values, curve));
  new Float64Array(valueLoops().memory, workAt, points).set(heights);
  const perUnit = (points - 1) / (last - first);
  return mapFloatBlocks(image, (loops, length) => {
    loops.mapAlong(valuesAt, length, first, last, perUnit, workAt, points);
  });
}

/** As many heights as fit into the memory for tables. */
const mostPoints = 2 ** 13;

/** Maps the values of a block. NaN stays. */
function mapDoubles(values: Float64Array, { heights, first, last }: EvenCurve): void {
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

/** Limits the values of a block softly by adding and subtracting softplus curves at the bounds (MONAI: `soft_clip`). */
export function limitSoftly(loops: ValueLoops, length: number, { low, high, sharpness }: SoftBounds): void {
  const before = valuesAt + 4 * length;
  new Uint8Array(loops.memory).copyWithin(before, valuesAt, before);
  if (low !== undefined) loops.takeSoftplus(valuesAt, length, before, low, -sharpness);
  if (high !== undefined) loops.takeSoftplus(valuesAt, length, before, high, sharpness);
}
