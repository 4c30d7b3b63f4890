// Exponentials, logarithms and sines of four floats at a time. ../float-math.ts does the same arithmetic in the same
// order: change them together. Polynomials are those of Cephes (Moshier 1992), with errors near the rounding of a float.

// Constants are loaded from memory: the engine builds a constant of a loop again in every round.
const numbers = memory.data<f32>([
  -87.33654,
  88.37626,
  <f32>Math.LOG2E,
  12582912,
  0.693359375,
  -2.1219444e-4,
  1.98756915e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
  1,
  7.0376836292e-2,
  -1.151461031e-1,
  1.167699874e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
  0.5,
  -1.9515295891e-4,
  8.3321608736e-3,
  -1.6666654611e-1,
  2.443315711809948e-5,
  -1.388731625493765e-3,
  4.166664568298827e-2,
  <f32>Math.LN2,
]);

function number(n: i32): v128 {
  return v128.load32_splat(numbers + ((<usize>n) << 2));
}

/** Exponentials, of values cut to -87.3 and 88.4. */
export function exp4(given: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(given, number(0)), number(1));
  // Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits.
  const shifted = f32x4.add(f32x4.mul(x, number(2)), number(3));
  const octave = f32x4.sub(shifted, number(3));
  const rest = f32x4.sub(f32x4.sub(x, f32x4.mul(octave, number(4))), f32x4.mul(octave, number(5)));
  return scaled(expOfRest(rest), shifted);
}

/** Powers of 2; exponents are cut to -126 and 127. */
export function powerOf2(given: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(given, f32x4.splat(-126)), f32x4.splat(127));
  const shifted = f32x4.add(x, number(3));
  const rest = f32x4.mul(f32x4.sub(x, f32x4.sub(shifted, number(3))), number(29));
  return scaled(expOfRest(rest), shifted);
}

/** Exponentials of values from -0.35 to 0.35. */
function expOfRest(rest: v128): v128 {
  let p = f32x4.add(f32x4.mul(number(6), rest), number(7));
  p = f32x4.add(f32x4.mul(p, rest), number(8));
  p = f32x4.add(f32x4.mul(p, rest), number(9));
  p = f32x4.add(f32x4.mul(p, rest), number(10));
  p = f32x4.add(f32x4.mul(p, rest), number(11));
  return f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(rest, rest), p), rest), number(12));
}

/** Values times 2 to the power of the integers in the lowest bits of `shifted`. */
function scaled(values: v128, shifted: v128): v128 {
  return f32x4.mul(values, i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23));
}

/** The binary exponents of positive normal floats, such that the rest is from about 0.71 to 1.41. */
export function octaveOf(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
}

/** The natural logarithms of floats divided by 2 to the power of their `octave`. */
export function logOfRest(x: v128, octave: v128): v128 {
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(octave, 23)), number(12));
  const square = f32x4.mul(f, f);
  let p = f32x4.add(f32x4.mul(number(13), f), number(14));
  p = f32x4.add(f32x4.mul(p, f), number(15));
  p = f32x4.add(f32x4.mul(p, f), number(16));
  p = f32x4.add(f32x4.mul(p, f), number(17));
  p = f32x4.add(f32x4.mul(p, f), number(18));
  p = f32x4.add(f32x4.mul(p, f), number(19));
  p = f32x4.add(f32x4.mul(p, f), number(20));
  p = f32x4.add(f32x4.mul(p, f), number(21));
  return f32x4.add(f, f32x4.sub(f32x4.mul(f32x4.mul(p, f), square), f32x4.mul(square, number(22))));
}

/** The natural logarithms of positive normal floats. */
export function log4(x: v128): v128 {
  const octave = octaveOf(x);
  return f32x4.add(logOfRest(x, octave), f32x4.mul(f32x4.convert_i32x4_s(octave), number(29)));
}

/** Sines of angles from -pi / 4 to pi / 4. */
export function sin4(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const p = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(number(23), square), number(24)), square), number(25));
  return f32x4.add(f32x4.mul(f32x4.mul(p, square), x), x);
}

/** Cosines of angles from -pi / 4 to pi / 4. */
export function cos4(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const p = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(number(26), square), number(27)), square), number(28));
  return f32x4.add(f32x4.sub(f32x4.mul(f32x4.mul(p, square), square), f32x4.mul(square, number(22))), number(12));
}
