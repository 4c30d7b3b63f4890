// Loops over values that look something up, or make something shorter than floats. ../plain-table-loops.ts does the
// same arithmetic: change them together. Lengths are multiples of 16.

function highHalf(four: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1));
}

function isBetween(four: v128, below: v128, above: v128): v128 {
  return v128.and(f32x4.gt(four, below), f32x4.lt(four, above));
}

/**
 * Writes the integer parts of values as int8, uint8, int16 or uint16 (kinds 0 to 3); returns whether all are between
 * two numbers.
 */
export function truncateTo(at: usize, length: i32, out: usize, kind: i32, below: f32, above: f32): bool {
  const belows = f32x4.splat(below);
  const aboves = f32x4.splat(above);
  let fit = i32x4.splat(-1);
  for (let end = at + ((<usize>length) << 2); at < end; at += 64) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const first = v128.and(isBetween(a, belows, aboves), isBetween(b, belows, aboves));
    const second = v128.and(isBetween(c, belows, aboves), isBetween(d, belows, aboves));
    fit = v128.and(fit, v128.and(first, second));
    const p = i32x4.trunc_sat_f32x4_s(a);
    const q = i32x4.trunc_sat_f32x4_s(b);
    const r = i32x4.trunc_sat_f32x4_s(c);
    const s = i32x4.trunc_sat_f32x4_s(d);
    if (kind === 3) {
      v128.store(out, i16x8.narrow_i32x4_u(p, q));
      v128.store(out, i16x8.narrow_i32x4_u(r, s), 16);
      out += 32;
      continue;
    }
    const low = i16x8.narrow_i32x4_s(p, q);
    const high = i16x8.narrow_i32x4_s(r, s);
    if (kind === 2) {
      v128.store(out, low);
      v128.store(out, high, 16);
      out += 32;
    } else {
      v128.store(out, kind === 1 ? i8x16.narrow_i16x8_u(low, high) : i8x16.narrow_i16x8_s(low, high));
      out += 16;
    }
  }
  return i32x4.all_true(fit);
}

/** Writes a byte for each value: 1 if it, or with `isInverted` `top` minus it, is at most a threshold, else 0. */
export function markAtMost(at: usize, length: i32, out: usize, threshold: f64, isInverted: bool, top: f64): void {
  const one = i8x16.splat(1);
  for (let end = at + ((<usize>length) << 2); at < end; at += 64, out += 16) {
    const a = isAtMost(v128.load(at), threshold, isInverted, top);
    const b = isAtMost(v128.load(at, 16), threshold, isInverted, top);
    const c = isAtMost(v128.load(at, 32), threshold, isInverted, top);
    const d = isAtMost(v128.load(at, 48), threshold, isInverted, top);
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    v128.store(out, v128.and(bytes, one));
  }
}

function isAtMost(four: v128, threshold: f64, isInverted: bool, top: f64): v128 {
  let low = f64x2.promote_low_f32x4(four);
  let high = highHalf(four);
  if (isInverted) {
    low = f64x2.sub(f64x2.splat(top), low);
    high = f64x2.sub(f64x2.splat(top), high);
  }
  const limit = f64x2.splat(threshold);
  return v128.shuffle<i32>(f64x2.le(low, limit), f64x2.le(high, limit), 0, 2, 4, 6);
}

/**
 * Counts finite values by bin: there are two tables of unsigned integers, and neighbors count in different ones, so
 * that one count does not wait for the other.
 */
export function countInto(at: usize, length: i32, first: f64, perBin: f64, bins: i32, counts: usize): void {
  const last = bins - 1;
  const other = counts + ((<usize>bins) << 2);
  for (let end = at + ((<usize>length) << 2); at < end; at += 8) {
    countOne(load<f32>(at), first, perBin, last, counts);
    countOne(load<f32>(at, 4), first, perBin, last, other);
  }
}

function countOne(value: f32, first: f64, perBin: f64, last: i32, counts: usize): void {
  if (!(abs(value) < Infinity)) return;
  const place = counts + ((<usize>min(<i32>((<f64>value - first) * perBin), last)) << 2);
  store<u32>(place, load<u32>(place) + 1);
}

/** Maps values along straight lines between points at equal distances; beyond them, to the outermost heights. */
export function mapAlong(
  at: usize,
  length: i32,
  first: f64,
  last: f64,
  perUnit: f64,
  heights: usize,
  points: i32,
): void {
  const most = points - 2;
  for (let end = at + ((<usize>length) << 2); at < end; at += 4) {
    const value = <f64>load<f32>(at);
    let height = value;
    if (value <= first) height = load<f64>(heights);
    else if (value >= last) height = load<f64>(heights + ((<usize>(points - 1)) << 3));
    else if (value < last) {
      const place = (value - first) * perUnit;
      const below = min(<i32>place, most);
      const point = heights + ((<usize>below) << 3);
      height = load<f64>(point) + (load<f64>(point, 8) - load<f64>(point)) * (place - <f64>below);
    }
    store<f32>(at, <f32>height);
  }
}
