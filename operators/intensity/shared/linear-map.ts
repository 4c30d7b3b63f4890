/** Linear maps of values. */
import type { LinearMap } from "../../../src/kernels/sample-sums.ts";

/** A map whose bounds are optional. */
type Unbounded = Omit<LinearMap, "low" | "high"> & Partial<LinearMap>;

/** `(value - from) * factor + to`, clipped to the bounds that are given. */
export function linearMap({
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
  ...line
}: Unbounded): LinearMap {
  return { ...line, low, high };
}

/** The map as a function of one value, as `mapIntensity` applies it before it rounds to float32. */
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

/** Two ranges of values: the first is mapped to the second. */
export interface Ranges {
  readonly aMin: number;
  readonly aMax: number;
  readonly bMin?: number;
  readonly bMax?: number;
  /** Clip results to those ends of the second range that are given. */
  readonly clip: boolean;
}

/**
 * The map from one range of values to another. If `bMin` or `bMax` is missing, the target is 0 to 1. A range of a
 * single value is only shifted.
 */
export function rangeMap({ aMin, aMax, bMin, bMax, clip }: Ranges): LinearMap {
  const bounds = clip ? { low: bMin, high: bMax } : {};
  if (aMin === aMax) return linearMap({ from: aMin, factor: 1, to: bMin ?? 0, ...bounds });
  const [first, last] = bMin !== undefined && bMax !== undefined ? [bMin, bMax] : [0, 1];
  return linearMap({ from: aMin, factor: (last - first) / (aMax - aMin), to: first, ...bounds });
}
