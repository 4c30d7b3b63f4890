// AssemblyScript, compiled by `npm run build:wasm` into ../rows.wasm.ts. The fallback in ../rows.ts does the same
// arithmetic in the same order, so that both yield the same bytes: change them together.

/** Writes `p * u + q * v` of two rows. The length is a multiple of 4; addresses are in bytes. */
export function weigh2(out: usize, length: i32, p: usize, u: f32, q: usize, v: f32): void {
  const us = f32x4.splat(u);
  const vs = f32x4.splat(v);
  for (let i: usize = 0, n: usize = (<usize>length) << 2; i < n; i += 16) {
    v128.store(out + i, f32x4.add(f32x4.mul(v128.load(p + i), us), f32x4.mul(v128.load(q + i), vs)));
  }
}

/** Writes `(p * u + q * v) + (r * w + s * x)` of four rows. */
export function weigh4(
  out: usize,
  length: i32,
  p: usize,
  u: f32,
  q: usize,
  v: f32,
  r: usize,
  w: f32,
  s: usize,
  x: f32,
): void {
  const us = f32x4.splat(u);
  const vs = f32x4.splat(v);
  const ws = f32x4.splat(w);
  const xs = f32x4.splat(x);
  for (let i: usize = 0, n: usize = (<usize>length) << 2; i < n; i += 16) {
    const near = f32x4.add(f32x4.mul(v128.load(p + i), us), f32x4.mul(v128.load(q + i), vs));
    const far = f32x4.add(f32x4.mul(v128.load(r + i), ws), f32x4.mul(v128.load(s + i), xs));
    v128.store(out + i, f32x4.add(near, far));
  }
}

/**
 * Writes `row[first] * u + row[second] * v` for each output voxel. `taps` has four numbers per voxel: the offsets of
 * both values in the row, in bytes, and both weights.
 */
export function gather(out: usize, width: i32, row: usize, taps: usize): void {
  for (let end = out + ((<usize>width) << 2); out < end; out += 4, taps += 16) {
    const near = load<f32>(row + load<u32>(taps)) * load<f32>(taps, 8);
    const far = load<f32>(row + load<u32>(taps, 4)) * load<f32>(taps, 12);
    store<f32>(out, near + far);
  }
}

/** Converts `length` samples of a kind (a multiple of 4) to floats. Kinds are those of `SampleKind` in ../rows.ts. */
export function widen(out: usize, length: i32, from: usize, kind: i32): void {
  if (kind === 0) widenAll<i8>(out, length, from);
  else if (kind === 1) widenAll<u8>(out, length, from);
  else if (kind === 2) widenAll<i16>(out, length, from);
  else if (kind === 3) widenAll<u16>(out, length, from);
  else widenAll<f32>(out, length, from);
}

function widenAll<T>(out: usize, length: i32, from: usize): void {
  for (let end = out + ((<usize>length) << 2); out < end; out += 16, from += 4 * sizeof<T>()) {
    v128.store(out, fourOf<T>(from));
  }
}

/** Four neighboring samples as floats. */
function fourOf<T>(from: usize): v128 {
  if (isFloat<T>()) return v128.load(from);
  if (sizeof<T>() === 2) return f32x4.convert_i32x4_s(v128.load_ext<T>(from));
  const four = v128.load_zero<i32>(from);
  if (isSigned<T>()) return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(four)));
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(four)));
}

/**
 * Converts `rows` rows of `length` samples of a kind to floats and writes them as columns: sample i of row n goes to
 * place n of output row i. Output rows are `pitch` floats apart. Up to three further rows and samples are read and
 * written.
 */
export function transpose(out: usize, pitch: i32, from: usize, length: i32, rows: i32, kind: i32): void {
  if (kind === 0) transposeAll<i8>(out, pitch, from, length, rows);
  else if (kind === 1) transposeAll<u8>(out, pitch, from, length, rows);
  else if (kind === 2) transposeAll<i16>(out, pitch, from, length, rows);
  else if (kind === 3) transposeAll<u16>(out, pitch, from, length, rows);
  else transposeAll<f32>(out, pitch, from, length, rows);
}

// Sixteen floats are one cache line of the output.
const rowsAtOnce = 16;

function transposeAll<T>(out: usize, pitch: i32, from: usize, length: i32, rows: i32): void {
  const step = <usize>length * sizeof<T>();
  const line = (<usize>pitch) << 2;
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const last = min(first + rowsAtOnce, rows);
    for (let i = 0; i < length; i += 4) {
      let source = from + <usize>first * step + <usize>i * sizeof<T>();
      let target = out + <usize>i * line + ((<usize>first) << 2);
      for (let n = first; n < last; n += 4, source += 4 * step, target += 16) {
        const a = fourOf<T>(source);
        const b = fourOf<T>(source + step);
        const c = fourOf<T>(source + 2 * step);
        const d = fourOf<T>(source + 3 * step);
        const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
        const high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
        const lowNext = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
        const highNext = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
        v128.store(target, v128.shuffle<f64>(low, lowNext, 0, 2));
        v128.store(target + line, v128.shuffle<f64>(low, lowNext, 1, 3));
        v128.store(target + 2 * line, v128.shuffle<f64>(high, highNext, 0, 2));
        v128.store(target + 3 * line, v128.shuffle<f64>(high, highNext, 1, 3));
      }
    }
  }
}

/**
 * Writes the weighted sum of rows, computed in double, rounded once. For each row the table has its address (4 bytes),
 * 4 unused bytes, and its weight (a double).
 */
export function weighRows(out: usize, length: i32, table: usize, count: i32): void {
  const end = table + ((<usize>count) << 4);
  for (let i: usize = 0, n: usize = (<usize>length) << 2; i < n; i += 16) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let row = table; row < end; row += 16) {
      const four = v128.load(load<u32>(row) + i);
      const weight = v128.load64_splat(row, 8);
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(four), weight));
      high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1)), weight));
    }
    const first = f32x4.demote_f64x2_zero(low);
    const second = f32x4.demote_f64x2_zero(high);
    v128.store(out + i, v128.shuffle<f64>(first, second, 0, 2));
  }
}

/**
 * Writes the smaller of the values of two rows to `low`, the greater one to `high`; if they are equal, that of `p` to
 * `low`. Values must not be NaN.
 */
export function minMax(low: usize, high: usize, p: usize, q: usize, length: i32): void {
  for (let i: usize = 0, n: usize = (<usize>length) << 2; i < n; i += 16) {
    const a = v128.load(p + i);
    const b = v128.load(q + i);
    v128.store(low + i, f32x4.pmin(a, b));
    v128.store(high + i, f32x4.pmax(b, a));
  }
}

/** Adds a row of floats to a row of doubles, or to zeros if it is the first one. */
export function addFloats(sums: usize, length: i32, from: usize, isFirst: bool): void {
  const zero = f64x2.splat(0);
  for (let end = from + ((<usize>length) << 2); from < end; from += 16, sums += 32) {
    const four = v128.load(from);
    const low = isFirst ? zero : v128.load(sums);
    const high = isFirst ? zero : v128.load(sums, 16);
    v128.store(sums, f64x2.add(low, f64x2.promote_low_f32x4(four)));
    v128.store(sums, f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f64>(four, four, 1, 1))), 16);
  }
}

/** Adds a row of doubles to another one, or to zeros if it is the first one. */
export function addDoubles(sums: usize, length: i32, from: usize, isFirst: bool): void {
  const zero = f64x2.splat(0);
  for (let end = from + ((<usize>length) << 3); from < end; from += 16, sums += 16) {
    v128.store(sums, f64x2.add(isFirst ? zero : v128.load(sums), v128.load(from)));
  }
}

/**
 * Writes means of a row of doubles. For each of `width` means the table has the offset of the first term in bytes and
 * the number of terms, which are `step` bytes apart; each term is itself a sum of `depth` values.
 */
export function means(out: usize, width: i32, row: usize, table: usize, step: i32, depth: f64): void {
  for (let end = out + ((<usize>width) << 2); out < end; out += 4, table += 8) {
    let from = row + load<u32>(table);
    const count = load<u32>(table, 4);
    let sum: f64 = 0;
    for (let n: u32 = 0; n < count; n++, from += step) sum += load<f64>(from);
    store<f32>(out, <f32>(sum / (depth * <f64>count)));
  }
}

/**
 * Adds the weights of a plane of a patch to their sums so far, and writes the share of each in its new sum. A weight is
 * the product of those along the row and across, but at least `least`. Rows of the sums are `pitch` bytes apart; shares
 * have no gaps.
 */
export function addWeights(
  shares: usize,
  sums: usize,
  pitch: usize,
  along: usize,
  across: usize,
  length: i32,
  rows: i32,
  least: f32,
): void {
  const whole = (<usize>(length & ~3)) << 2;
  const end = (<usize>length) << 2;
  const leasts = f32x4.splat(least);
  for (let row = 0; row < rows; row++, sums += pitch, across += 4, shares += end) {
    const factor = load<f32>(across);
    const factors = f32x4.splat(factor);
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const weight = f32x4.max(f32x4.mul(v128.load(along + i), factors), leasts);
      const sum = f32x4.add(v128.load(sums + i), weight);
      v128.store(sums + i, sum);
      v128.store(shares + i, f32x4.div(weight, sum));
    }
    for (; i < end; i += 4) {
      const weight = max<f32>(load<f32>(along + i) * factor, least);
      const sum = load<f32>(sums + i) + weight;
      store<f32>(sums + i, sum);
      store<f32>(shares + i, weight / sum);
    }
  }
}

/**
 * Moves the means of a plane towards the values of a patch, by the values' shares in them; a mean that equals the value
 * stays. Rows of the means are `pitch` bytes apart; values and shares have no gaps.
 */
export function blendRows(means: usize, pitch: usize, values: usize, shares: usize, length: i32, rows: i32): void {
  const whole = (<usize>(length & ~3)) << 2;
  const end = (<usize>length) << 2;
  const ones = f32x4.splat(1);
  for (let row = 0; row < rows; row++, means += pitch, values += end, shares += end) {
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const old = v128.load(means + i);
      const value = v128.load(values + i);
      const share = v128.load(shares + i);
      const mean = f32x4.add(f32x4.mul(old, f32x4.sub(ones, share)), f32x4.mul(value, share));
      v128.store(means + i, v128.bitselect(old, mean, f32x4.eq(old, value)));
    }
    for (; i < end; i += 4) {
      const old = load<f32>(means + i);
      const value = load<f32>(values + i);
      const share = load<f32>(shares + i);
      if (old !== value) store<f32>(means + i, old * (1 - share) + value * share);
    }
  }
}
