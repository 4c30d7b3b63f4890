// AssemblyScript, compiled by `npm run build:wasm` into ../values.wasm.ts. The fallback in ../plain-value-loops.ts does
// the same arithmetic in the same order, so that both yield the same bytes: change them together. Lengths are multiples
// of 4; addresses are in bytes.
import { exp4, log4, logOfRest, octaveOf, powerOf2 } from "./simd-math";

export * from "./noise-loops";
export * from "./table-loops";

/** Four doubles as floats. */
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

function highHalf(four: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1));
}

/** Maps values along a line, in double, then cuts them. */
export function mapLine(
  at: usize,
  length: i32,
  from: f64,
  factor: f64,
  to: f64,
  low: f64,
  high: f64,
  keepZero: bool,
): void {
  const froms = f64x2.splat(from);
  const factors = f64x2.splat(factor);
  const tos = f64x2.splat(to);
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  const zero = f64x2.splat(0);
  const kept = keepZero ? i64x2.splat(-1) : zero;
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const four = v128.load(at);
    const a = f64x2.promote_low_f32x4(four);
    const b = highHalf(four);
    let p = f64x2.add(f64x2.mul(f64x2.sub(a, froms), factors), tos);
    let q = f64x2.add(f64x2.mul(f64x2.sub(b, froms), factors), tos);
    p = v128.andnot(p, v128.and(f64x2.eq(a, zero), kept));
    q = v128.andnot(q, v128.and(f64x2.eq(b, zero), kept));
    p = v128.bitselect(lows, f64x2.pmin(p, highs), f64x2.lt(p, lows));
    q = v128.bitselect(lows, f64x2.pmin(q, highs), f64x2.lt(q, lows));
    v128.store(at, narrow(p, q));
  }
}

/** Replaces values that are not above a threshold; with `below`, those that are not below it. */
export function keepBeyond(at: usize, length: i32, threshold: f32, below: bool, otherwise: f32): void {
  // Negation mirrors the comparison.
  const sign = below ? i32x4.splat(0x80000000) : i32x4.splat(0);
  const limit = v128.xor(f32x4.splat(threshold), sign);
  const others = f32x4.splat(otherwise);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const four = v128.load(at);
    v128.store(at, v128.bitselect(four, others, f32x4.gt(v128.xor(four, sign), limit)));
  }
}

/** Replaces values by 0 where those at `mask` are not above a threshold. */
export function keepMasked(at: usize, length: i32, mask: usize, threshold: f32): void {
  const limit = f32x4.splat(threshold);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16, mask += 16) {
    v128.store(at, v128.and(v128.load(at), f32x4.gt(v128.load(mask), limit)));
  }
}

/** Replaces values by 1 if they are at least a threshold, else by 0. */
export function markAtLeast(at: usize, length: i32, threshold: f32): void {
  const limit = f32x4.splat(threshold);
  const one = f32x4.splat(1);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    v128.store(at, v128.and(one, f32x4.ge(v128.load(at), limit)));
  }
}

/** Rounds to integers, halves to even; never to -0. */
export function roundHalvesToEven(at: usize, length: i32): void {
  const zero = f32x4.splat(0);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    v128.store(at, f32x4.add(f32x4.nearest(v128.load(at)), zero));
  }
}

/** Widens four minima and the four maxima after them to contain values; NaN is ignored. */
export function widen(at: usize, length: i32, extents: usize): void {
  let low = v128.load(extents);
  let high = v128.load(extents, 16);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const four = v128.load(at);
    low = f32x4.pmin(low, four);
    high = f32x4.pmax(high, four);
  }
  v128.store(extents, low);
  v128.store(extents, high, 16);
}

/** All bits set where a value is finite and, with `nonzero`, not 0. */
function counted(four: v128, nonzero: bool): v128 {
  const finite = f32x4.lt(f32x4.abs(four), f32x4.splat(Infinity));
  return nonzero ? v128.and(finite, f32x4.ne(four, f32x4.splat(0))) : finite;
}

/** Adds values to four sums, and the number of values to the four counters after them. */
export function addSums(at: usize, length: i32, sums: usize, nonzero: bool): void {
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  let counts = v128.load(sums, 32);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const given = v128.load(at);
    const mask = counted(given, nonzero);
    const four = v128.and(given, mask);
    low = f64x2.add(low, f64x2.promote_low_f32x4(four));
    high = f64x2.add(high, highHalf(four));
    counts = i32x4.sub(counts, mask);
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
  v128.store(sums, counts, 32);
}

/** Adds the squared distances from `mean` to four sums. */
export function addSquares(at: usize, length: i32, sums: usize, mean: f64, nonzero: bool): void {
  const means = f64x2.splat(mean);
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const four = v128.load(at);
    const mask = counted(four, nonzero);
    const a = v128.and(f64x2.sub(f64x2.promote_low_f32x4(four), means), v128.shuffle<i32>(mask, mask, 0, 0, 1, 1));
    const b = v128.and(f64x2.sub(highHalf(four), means), v128.shuffle<i32>(mask, mask, 2, 2, 3, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
}

/** 1 / (1 + exp(-x)). */
export function logistic(at: usize, length: i32): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const four = v128.load(at);
    const power = expBelow0(f32x4.neg(f32x4.abs(four)));
    v128.store(at, f32x4.div(v128.bitselect(power, one, f32x4.lt(four, zero)), f32x4.add(one, power)));
  }
}

/** Exponentials of values that are not positive; 0 below -87.3. */
function expBelow0(x: v128): v128 {
  return v128.andnot(exp4(x), f32x4.lt(x, f32x4.splat(-87.33654)));
}

/** Divides exponentials by their sum over rows, which are `pitch` bytes apart. */
export function softmax(at: usize, length: i32, rows: i32, pitch: i32): void {
  const whole = <usize>rows * pitch;
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const last = at + whole;
    let greatest = v128.load(at);
    for (let row = at + pitch; row < last; row += pitch) greatest = f32x4.pmax(greatest, v128.load(row));
    let sum = f32x4.splat(0);
    for (let row = at; row < last; row += pitch) {
      const power = expBelow0(f32x4.sub(v128.load(row), greatest));
      v128.store(row, power);
      sum = f32x4.add(sum, power);
    }
    for (let row = at; row < last; row += pitch) v128.store(row, f32x4.div(v128.load(row), sum));
  }
}

/** Replaces the first of some rows by the number of the row with the greatest value. */
export function argmax(at: usize, length: i32, rows: i32, pitch: i32): void {
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    let best = f32x4.splat(-Infinity);
    let winner = f32x4.splat(0);
    for (let n = 0, row = at; n < rows; n++, row += pitch) {
      const four = v128.load(row);
      const isGreater = f32x4.gt(four, best);
      best = v128.bitselect(four, best, isGreater);
      winner = v128.bitselect(f32x4.splat(<f32>n), winner, isGreater);
    }
    v128.store(at, winner);
  }
}

/** Scales values to 0 to 1, raises them to a power, and scales them back: `((x - from) * perUnit) ^ gamma * range + to`. */
export function contrast(at: usize, length: i32, from: f32, perUnit: f32, gamma: f32, range: f32, to: f32): void {
  const froms = f32x4.splat(from);
  const factors = f32x4.splat(perUnit);
  const gammas = f32x4.splat(gamma);
  const scaledGammas = f32x4.splat(gamma * <f32>Math.LOG2E);
  const ranges = f32x4.splat(range);
  const tos = f32x4.splat(to);
  const least = f32x4.splat(1.17549435e-38);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16) {
    const x = f32x4.mul(f32x4.sub(v128.load(at), froms), factors);
    const octave = octaveOf(x);
    const whole = f32x4.mul(f32x4.convert_i32x4_s(octave), gammas);
    const power = powerOf2(f32x4.add(whole, f32x4.mul(logOfRest(x, octave), scaledGammas)));
    const kept = v128.bitselect(f32x4.add(x, x), power, f32x4.ne(x, x));
    v128.store(at, f32x4.add(f32x4.mul(v128.andnot(kept, f32x4.lt(x, least)), ranges), tos));
  }
}

/** Multiplies values by the exponential of a weighted sum of rows; the weights are four bytes each. */
export function multiplyByField(at: usize, length: i32, rows: usize, pitch: i32, weights: usize, count: i32): void {
  for (let end = at + ((<usize>length) << 2); at < end; at += 16, rows += 16) {
    let field = f32x4.mul(v128.load(rows), v128.load32_splat(weights));
    for (let n = 1; n < count; n++) {
      const row = v128.load(rows + <usize>n * pitch);
      field = f32x4.add(field, f32x4.mul(row, v128.load32_splat(weights + ((<usize>n) << 2))));
    }
    v128.store(at, f32x4.mul(v128.load(at), exp4(field)));
  }
}

/** Takes away `log(1 + e^(k * (x - from))) / k`, of each value x at `before`. */
export function takeSoftplus(at: usize, length: i32, before: usize, from: f32, k: f32): void {
  const froms = f32x4.splat(from);
  const ks = f32x4.splat(k);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const isFalling = k < 0 ? i32x4.splat(-1) : i32x4.splat(0);
  for (let end = at + ((<usize>length) << 2); at < end; at += 16, before += 16) {
    const distance = f32x4.sub(v128.load(before), froms);
    const power = expBelow0(f32x4.neg(f32x4.abs(f32x4.mul(distance, ks))));
    const bent = f32x4.div(log4(f32x4.add(one, power)), ks);
    const straight = v128.bitselect(f32x4.min(distance, zero), f32x4.max(distance, zero), isFalling);
    v128.store(at, f32x4.sub(v128.load(at), f32x4.add(straight, bent)));
  }
}
