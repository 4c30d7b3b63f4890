/** Straight lines along which values are mapped. */
import type { LinearMap } from "../../../src/kernels/sample-sums.ts";

/** A map whose bounds may be left out. */
type Unbounded = Omit<LinearMap, "low" | "high"> & Partial<LinearMap>;

/** `(value - from) * factor + to`, kept between the bounds that are given. */
export function linearMap({
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
  ...line
}: Unbounded): LinearMap {
  return { ...line, low, high };
}

/** What `mapIntensity` makes of one value, before it is rounded to float32. */
export function linearFunction({
  from,
  factor,
  to,
  low,
  high,
  keepZero = false,
}: LinearMap): (value: number) => number {
  return (value) => {
    const mapped = keepZero && value === 0 ? 0 : (value - from) * factor + to;
    if (mapped < low) return low;
    return mapped > high ? high : mapped;
  };
}

/** Two ranges of values, one of which becomes the other. */
export interface Ranges {
  readonly aMin: number;
  readonly aMax: number;
  readonly bMin?: number;
  readonly bMax?: number;
  /** Results stay within the ends of the second range that are given. */
  readonly clip: boolean;
}

/**
 * The map of one range of values to another; without `bMin` or `bMax` to 0 to 1, and a range of one value is only
 * shifted.
 */
export function rangeMap({ aMin, aMax, bMin, bMax, clip }: Ranges): LinearMap {
  const bounds = clip ? { low: bMin, high: bMax } : {};
  if (aMin === aMax) return linearMap({ from: aMin, factor: 1, to: bMin ?? 0, ...bounds });
  const [first, last] = bMin !== undefined && bMax !== undefined ? [bMin, bMax] : [0, 1];
  return linearMap({ from: aMin, factor: (last - first) / (aMax - aMin), to: first, ...bounds });
}
