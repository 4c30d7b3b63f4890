/**
 * Exponentials, logarithms and sines of floats, each operation rounded to float32. assembly/float-math.ts does the same
 * arithmetic in the same order: change them together. Polynomials are those of Cephes (Moshier 1992), with errors near
 * the rounding of a float.
 */
const { fround } = Math;

const floats = new Float32Array(1);
const words = new Int32Array(floats.buffer);

/** The bits of a float, as a signed integer. */
function bitsOf(x: number): number {
  floats[0] = x;
  return words[0]!;
}

/** The float with these bits. */
function floatOf(bits: number): number {
  words[0] = bits;
  return floats[0]!;
}

const [least, most, perOctave] = [-87.33654, 88.37626, Math.LOG2E].map(fround) as [number, number, number];
/** Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits. */
const shift = 12582912;
const [octaveHigh, octaveLow, octaveLength] = [0.693359375, -2.1219444e-4, Math.LN2].map(fround) as [
  number,
  number,
  number,
];
const expTerms = Float32Array.of(
  1.98756915e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
);
const logTerms = Float32Array.of(
  7.0376836292e-2,
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
);
const sinTerms = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const cosTerms = Float32Array.of(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);

/** A polynomial with the highest term first. */
function polynomial(terms: Float32Array, x: number): number {
  let sum = terms[0]!;
  for (let n = 1; n < terms.length; n++) sum = fround(fround(sum * x) + terms[n]!);
  return sum;
}

/** The exponential of a float, cut to -87.3 and 88.4 first. */
export function expOf(given: number): number {
  const x = Math.min(Math.max(given, least), most);
  const shifted = fround(fround(x * perOctave) + shift);
  const octave = shifted - shift;
  const rest = fround(fround(x - fround(octave * octaveHigh)) - fround(octave * octaveLow));
  return scaled(expOfRest(rest), shifted);
}

/** The exponential of a float that is not positive; 0 below -87.3. */
export function expBelow0(x: number): number {
  return x < least ? 0 : expOf(x);
}

/** A power of 2; the exponent is cut to -126 and 127 first. */
export function powerOf2(given: number): number {
  const x = Math.min(Math.max(given, -126), 127);
  const shifted = fround(x + shift);
  return scaled(expOfRest(fround(fround(x - (shifted - shift)) * octaveLength)), shifted);
}

function expOfRest(rest: number): number {
  return fround(fround(fround(fround(rest * rest) * polynomial(expTerms, rest)) + rest) + 1);
}

/** A value times 2 to the power of the integer in the lowest bits of `shifted`. */
function scaled(value: number, shifted: number): number {
  return fround(value * floatOf((bitsOf(shifted) + 127) << 23));
}

/** The binary exponent of a positive normal float, such that the rest is from about 0.71 to 1.41. */
export function octaveOf(x: number): number {
  return ((bitsOf(x) - 0x3f3504f3) | 0) >> 23;
}

/** The natural logarithm of a float divided by 2 to the power of its `octave`. */
export function logOfRest(x: number, octave: number): number {
  const f = fround(floatOf(bitsOf(x) - (octave << 23)) - 1);
  const square = fround(f * f);
  const p = fround(fround(polynomial(logTerms, f) * f) * square);
  return fround(f + fround(p - fround(square * 0.5)));
}

/** The natural logarithm of a positive normal float. */
export function logOf(x: number): number {
  const octave = octaveOf(x);
  return fround(logOfRest(x, octave) + fround(octave * octaveLength));
}

/** The sine of an angle from -pi / 4 to pi / 4. */
export function sinOf(x: number): number {
  const square = fround(x * x);
  return fround(fround(fround(polynomial(sinTerms, square) * square) * x) + x);
}

/** The cosine of an angle from -pi / 4 to pi / 4. */
export function cosOf(x: number): number {
  const square = fround(x * x);
  const p = fround(fround(polynomial(cosTerms, square) * square) * square);
  return fround(fround(p - fround(square * 0.5)) + 1);
}

/** The greatest float that is not above a number. */
export function floatAtMost(x: number): number {
  const nearest = fround(x);
  if (!(nearest > x)) return nearest;
  if (nearest === 0) return floatOf(0x80000001 | 0);
  return floatOf(bitsOf(nearest) + (nearest > 0 ? -1 : 1));
}
