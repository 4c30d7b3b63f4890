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

/** Converts `length` 16-bit integers (a multiple of 4) to floats. */
export function widen16(out: usize, length: i32, from: usize, signed: bool): void {
  for (let i: usize = 0, n: usize = <usize>length; i < n; i += 4) {
    const four = load<u64>(from + (i << 1));
    const wide = signed ? i32x4.extend_low_i16x8_s(i64x2(four, 0)) : i32x4.extend_low_i16x8_u(i64x2(four, 0));
    v128.store(out + (i << 2), f32x4.convert_i32x4_s(wide));
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
