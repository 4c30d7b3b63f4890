/** Smooth fields that brighten and darken an image, as the coils of a scanner do (Van Leemput et al. 1999). */
import { floatsInBlock, inVoxelOrder } from "./float-blocks.ts";
import { plainValueLoops } from "./plain-value-loops.ts";
import type { Strided } from "./strided.ts";
import { valueLoops, valuesAt, workAt } from "./value-loops.ts";

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
  const terms = new Float64Array(degree + 1);
  const termsOf = (row: number) => {
    const [y, z] = [row % ny, Math.floor(row / ny) % nz];
    terms.fill(0);
    let next = 0;
    for (let i = 0; i <= degree; i++) {
      for (let j = 0; j <= degree - i; j++) {
        for (let k = 0; k <= (isFlat ? 0 : degree - i - j); k++) {
          terms[i]! += coefficients[next++]! * alongY![j]![y]! * (isFlat ? 1 : alongZ![k]![z]!);
        }
      }
    }
    return terms;
  };
  return multiplyRows(image, alongX!, termsOf);
}

/** Multiplies each row by the exponential of the weighted sum of `curves` along it. */
function multiplyRows(
  image: Strided,
  curves: readonly Float64Array[],
  weightsOf: (row: number) => Float64Array,
): Float32Array {
  const nx = image.shape[1]!;
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  const source = inVoxelOrder(image, () => data);
  const pitch = Math.ceil(nx / 4) * 4;
  // The loops work on multiples of 4, so that only such rows can follow one another.
  const rowsAtOnce = pitch === nx ? Math.max(1, Math.floor(floatsInBlock / nx)) : 1;
  const curvesAt = valuesAt + 4 * rowsAtOnce * pitch;
  const room = curvesAt + 4 * curves.length * pitch;
  const loops = room > workAt ? plainValueLoops(room + 4 * curves.length) : valueLoops();
  const weightsAt = Math.max(room, workAt);
  const floats = new Float32Array(loops.memory);
  for (const [n, curve] of curves.entries()) floats.set(curve, curvesAt / 4 + n * pitch);
  for (let at = 0, row = 0; at < data.length; ) {
    const end = Math.min(at + rowsAtOnce * nx, data.length);
    floats.set(source.subarray(at, end), valuesAt / 4);
    for (let to = valuesAt, left = at; left < end; left += nx, to += 4 * pitch) {
      floats.set(weightsOf(row++), weightsAt / 4);
      loops.multiplyByField(to, pitch, curvesAt, 4 * pitch, weightsAt, curves.length);
    }
    data.set(floats.subarray(valuesAt / 4, valuesAt / 4 + end - at), at);
    at = end;
  }
  return data;
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
