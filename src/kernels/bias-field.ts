/** Smooth fields that brighten and darken an image, as the coils of a scanner do (Van Leemput et al. 1999). */
import { exponentiate } from "./power.ts";
import { changeRows, type Strided } from "./strided.ts";

/** Number of coefficients of a polynomial in `axes` variables, with terms of at most this degree. */
export function coefficientCount(degree: number, axes: number): number {
  let count = 1;
  for (let k = 1; k <= axes; k++) count = (count * (degree + k)) / k;
  return count;
}

/**
 * New samples, x fastest: every value times `exp(field)`. The field is a sum of products of Legendre polynomials, with
 * the image spanning -1 to 1 along each axis. It is the same for all channels.
 *
 * @param coefficients of the terms x^i y^j z^k, i slowest, k fastest, without those above the degree
 */
export function applyBiasField(image: Strided, degree: number, coefficients: readonly number[]): Float32Array {
  const [nx, ny, nz] = [image.shape[1]!, image.shape[2]!, image.shape[3] ?? 1];
  const isFlat = image.shape.length === 3;
  const [alongX, alongY, alongZ] = [nx, ny, nz].map((n) => legendre(n, degree));
  const [terms, field] = [new Float64Array(degree + 1), new Float64Array(nx)];
  return changeRows(image, (values, _channel, { y, z }) => {
    terms.fill(0);
    let next = 0;
    for (let i = 0; i <= degree; i++) {
      for (let j = 0; j <= degree - i; j++) {
        for (let k = 0; k <= (isFlat ? 0 : degree - i - j); k++) {
          terms[i]! += coefficients[next++]! * alongY![j]![y]! * (isFlat ? 1 : alongZ![k]![z]!);
        }
      }
    }
    field.fill(0);
    for (let i = 0; i <= degree; i++) addTimes(field, alongX![i]!, terms[i]!);
    exponentiate(field);
    multiply(values, field);
  });
}

function multiply(values: Float64Array, factors: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factors[i]!;
}

function addTimes(sums: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]! * factor;
}

/** Legendre polynomials 0 to `degree` at `n` points from -1 to 1; a single point is -1 (Bonnet's recursion). */
function legendre(n: number, degree: number): Float64Array[] {
  const points = Float64Array.from({ length: n }, (_, at) => (n === 1 ? -1 : -1 + (2 * at) / (n - 1)));
  const all = [new Float64Array(n).fill(1), points];
  for (let k = 1; k < degree; k++) {
    all.push(points.map((x, at) => ((2 * k + 1) * x * all[k]![at]! - k * all[k - 1]![at]!) / (k + 1)));
  }
  return all;
}
