/** Smoothing by fitting polynomials to a moving window (Savitzky and Golay 1964). */
import { weighNeighbors } from "./weigh-axes.ts";

/** How samples beyond the ends of a line are filled in. */
export type LineEnds = "zeros" | "reflect" | "replicate" | "circular";

/**
 * Weights of a window: the weighted sum of its samples is the value, in the middle, of the polynomial that fits them
 * best (least squares).
 *
 * @param length odd
 * @param order degree of the polynomial, below the length
 */
export function savitzkyGolayWeights(length: number, order: number): Float64Array {
  const half = (length - 1) / 2;
  // Positions are scaled to -1 to 1: the value in the middle does not depend on the unit, but the condition of the
  // equations does.
  const places = Array.from({ length }, (_, n) => (half === 0 ? 0 : (n - half) / half));
  const powers = Array.from({ length: order + 1 }, (_, degree) => places.map((place) => place ** degree));
  const normal = powers.map((a) => powers.map((b) => a.reduce((sum, value, n) => sum + value * b[n]!, 0)));
  const solution = solve(
    normal,
    powers.map((_, degree) => (degree === 0 ? 1 : 0)),
  );
  return Float64Array.from(places, (_, n) =>
    powers.reduce((sum, power, degree) => sum + power[n]! * solution[degree]!, 0),
  );
}

/** Gaussian elimination with the largest pivot. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, n) => [...row, right[n]!]);
  for (let column = 0; column < rows.length; column++) {
    let pivot = column;
    for (let n = column + 1; n < rows.length; n++) {
      if (Math.abs(rows[n]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = n;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let n = column + 1; n < rows.length; n++) {
      const factor = rows[n]![column]! / rows[column]![column]!;
      for (let k = column; k <= rows.length; k++) rows[n]![k]! -= factor * rows[column]![k]!;
    }
  }
  const solution = new Array<number>(rows.length).fill(0);
  for (let n = rows.length - 1; n >= 0; n--) {
    const known = solution.reduce((sum, value, k) => (k > n ? sum + rows[n]![k]! * value : sum), 0);
    solution[n] = (rows[n]![rows.length]! - known) / rows[n]![n]!;
  }
  return solution;
}

/**
 * Writes the weighted sum of every sample's neighbors along one spatial axis, in double. Samples are stored without
 * gaps, x fastest and channels slowest.
 *
 * @param shape `[channels, x, y, z]` or `[channels, x, y]`
 */
export function weighAlong(
  source: Float32Array,
  shape: readonly number[],
  axis: number,
  weights: Float64Array,
  ends: LineEnds,
): Float32Array {
  if (ends === "zeros") {
    const along = shape.slice(1).map((_, n) => (n === axis ? weights : undefined));
    return weighNeighbors(source, shape, along);
  }
  const n = shape[axis + 1]!;
  const step = shape.slice(1, axis + 1).reduce((product, size) => product * size, 1);
  const half = (weights.length - 1) / 2;
  const places = Int32Array.from({ length: n + 2 * half }, (_, i) => placeOf(i - half, n, ends));
  const target = new Float32Array(source.length);
  for (let at = 0; at < source.length; at++) {
    const i = Math.floor(at / step) % n;
    const line = at - i * step;
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      sum += source[line + places[i + k]! * step]! * weights[k]!;
    }
    target[at] = sum;
  }
  return target;
}

function placeOf(i: number, n: number, ends: Exclude<LineEnds, "zeros">): number {
  if (i >= 0 && i < n) return i;
  if (ends === "replicate" || n === 1) return i < 0 ? 0 : n - 1;
  if (ends === "circular") return ((i % n) + n) % n;
  const period = 2 * (n - 1);
  const folded = ((i % period) + period) % period;
  return folded < n ? folded : period - folded;
}
