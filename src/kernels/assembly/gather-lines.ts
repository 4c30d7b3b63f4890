// AssemblyScript, compiled by `npm run build:wasm` into ../gather.wasm.ts. The fallback in ../gather-loops.ts does the
// same arithmetic in the same order, so that both yield the same bytes: change them together.

// Positions along a piece of a line are integers in units of 2^-24 voxels, relative to a voxel near its start. A piece
// is short enough that they stay within the 127 voxels that such a number can hold.
const unit: f64 = 16777216;
const mostTravel: f64 = 126;
const pieceLength: i32 = 64;

// As in ../sampling.ts.
const noWeight: f64 = 1e-9;

// One axis of a piece, as globals: functions of AssemblyScript return one number.
let base: i32 = 0;
let place: i32 = 0;
let step: i32 = 0;
let lowest: i32 = 0;
let highest: i32 = 0;

/** Prepares one axis of a piece of `count` positions from `start` on, held between two voxels. */
function prepare(start: f64, by: f64, count: i32, least: f64, most: f64): void {
  const end = start + by * <f64>(count - 1);
  let from = start;
  let change = by;
  if (start < least && end < least) {
    from = least;
    change = 0;
  } else if (start > most && end > most) {
    from = most;
    change = 0;
  }
  const voxel = floor(from < least ? least : from > most ? most : from);
  base = <i32>voxel;
  place = <i32>floor((from - voxel) * unit + 0.5);
  step = <i32>floor(change * unit + 0.5);
  lowest = (<i32>max(least - voxel, -127)) << 24;
  highest = (<i32>min(most - voxel, 127)) << 24;
}

/** The positions of four neighboring outputs along an axis. */
function four(): v128 {
  return i32x4(place, place + step, place + 2 * step, place + 3 * step);
}

/** What positions have after the voxel, as floats. */
function fractionOf(positions: v128): v128 {
  const rest = v128.and(positions, i32x4.splat(0xffffff));
  return f32x4.mul(f32x4.convert_i32x4_s(rest), f32x4.splat(<f32>(1 / unit)));
}

/** Interpolates four values: `at` has the addresses of the first voxels. */
function blend(at: v128, row: i32, plane: i32, fx: v128, fy: v128, fz: v128): v128 {
  const a: usize = i32x4.extract_lane(at, 0);
  const b: usize = i32x4.extract_lane(at, 1);
  const c: usize = i32x4.extract_lane(at, 2);
  const d: usize = i32x4.extract_lane(at, 3);
  const one = f32x4.splat(1);
  const gx = f32x4.sub(one, fx);
  const gy = f32x4.sub(one, fy);
  const gz = f32x4.sub(one, fz);
  const far = row + plane;
  const low = f32x4.add(
    f32x4.mul(between(a, b, c, d, gx, fx), gy),
    f32x4.mul(between(a + row, b + row, c + row, d + row, gx, fx), fy),
  );
  const high = f32x4.add(
    f32x4.mul(between(a + plane, b + plane, c + plane, d + plane, gx, fx), gy),
    f32x4.mul(between(a + far, b + far, c + far, d + far, gx, fx), fy),
  );
  return f32x4.add(f32x4.mul(low, gz), f32x4.mul(high, fz));
}

// @ts-expect-error: a decorator of AssemblyScript
function between(a: usize, b: usize, c: usize, d: usize, g: v128, f: v128): v128 {
  const ab = v128.load_lane<i64>(b, v128.load_zero<i64>(a), 1);
  const cd = v128.load_lane<i64>(d, v128.load_zero<i64>(c), 1);
  const first = v128.shuffle<f32>(ab, cd, 0, 2, 4, 6);
  const second = v128.shuffle<f32>(ab, cd, 1, 3, 5, 7);
  return f32x4.add(f32x4.mul(first, g), f32x4.mul(second, f));
}

/**
 * Interpolates `length` values (a multiple of 4) at positions `x + i * mx` and so on, held between voxel `least` and
 * voxel `nx - 1 - least` and so on. `image` is the address of voxel 0; `row` and `plane` are the distances between
 * rows and planes. Distances are in bytes. Returns whether any value is not finite.
 */
export function gatherLine(
  out: usize,
  length: i32,
  image: usize,
  row: i32,
  plane: i32,
  least: f64,
  nx: f64,
  ny: f64,
  nz: f64,
  x: f64,
  y: f64,
  z: f64,
  mx: f64,
  my: f64,
  mz: f64,
): bool {
  const widest = max(max(abs(mx), abs(my)), abs(mz));
  const piece = min(pieceLength, <i32>min(mostTravel / widest, 64) & ~3);
  const rows = i32x4.splat(row);
  const planes = i32x4.splat(plane);
  let odd = i32x4.splat(0);
  for (let i = 0; i < length; i += piece) {
    const count = min(piece, length - i);
    prepare(x + mx * <f64>i, mx, count, least, nx - 1 - least);
    let px = four();
    const sx = i32x4.splat(4 * step);
    const lowX = i32x4.splat(lowest);
    const highX = i32x4.splat(highest);
    let from = <i32>image + 4 * base;
    prepare(y + my * <f64>i, my, count, least, ny - 1 - least);
    let py = four();
    const sy = i32x4.splat(4 * step);
    const lowY = i32x4.splat(lowest);
    const highY = i32x4.splat(highest);
    from += row * base;
    prepare(z + mz * <f64>i, mz, count, least, nz - 1 - least);
    let pz = four();
    const sz = i32x4.splat(4 * step);
    const lowZ = i32x4.splat(lowest);
    const highZ = i32x4.splat(highest);
    from += plane * base;
    const first = i32x4.splat(from);
    for (let end = out + ((<usize>count) << 2); out < end; out += 16) {
      const vx = i32x4.min_s(i32x4.max_s(px, lowX), highX);
      const vy = i32x4.min_s(i32x4.max_s(py, lowY), highY);
      const vz = i32x4.min_s(i32x4.max_s(pz, lowZ), highZ);
      let at = i32x4.add(first, i32x4.shl(i32x4.shr_s(vx, 24), 2));
      at = i32x4.add(at, i32x4.mul(i32x4.shr_s(vy, 24), rows));
      at = i32x4.add(at, i32x4.mul(i32x4.shr_s(vz, 24), planes));
      const values = blend(at, row, plane, fractionOf(vx), fractionOf(vy), fractionOf(vz));
      odd = v128.or(odd, f32x4.sub(values, values));
      v128.store(out, values);
      px = i32x4.add(px, sx);
      py = i32x4.add(py, sy);
      pz = i32x4.add(pz, sz);
    }
  }
  return v128.any_true(odd);
}

// Two positions of a pair of outputs along an axis, before and after they are held inside the image.
// @ts-expect-error: a decorator of AssemblyScript
function held(at: v128, least: f64, most: f64): v128 {
  return f64x2.pmin(f64x2.splat(most), f64x2.pmax(f64x2.splat(least), at));
}

/** Positions mirrored at `edge` and `span` voxels after it, again and again. */
// @ts-expect-error: a decorator of AssemblyScript
function mirrored(at: v128, edge: f64, span: f64): v128 {
  const distance = f64x2.abs(f64x2.sub(at, f64x2.splat(edge)));
  const turns = f64x2.floor(f64x2.div(distance, f64x2.splat(span)));
  const rest = f64x2.sub(distance, f64x2.mul(turns, f64x2.splat(span)));
  const half = f64x2.mul(turns, f64x2.splat(0.5));
  const isEven = f64x2.eq(f64x2.floor(half), half);
  return f64x2.add(f64x2.splat(edge), v128.bitselect(rest, f64x2.sub(f64x2.splat(span), rest), isEven));
}

/** Two positions along one axis, whose numbers are in the table: its part of the map, and between which voxels positions are held. */
// @ts-expect-error: a decorator of AssemblyScript
function positions(axis: usize, dx: v128, dy: v128, dz: v128, isMirrored: bool): v128 {
  let at = f64x2.mul(v128.load64_splat(axis), dx);
  at = f64x2.add(at, f64x2.mul(v128.load64_splat(axis, 8), dy));
  at = f64x2.add(at, f64x2.mul(v128.load64_splat(axis, 16), dz));
  at = f64x2.add(at, v128.load64_splat(axis, 24));
  if (isMirrored) at = mirrored(at, load<f64>(axis, 32), load<f64>(axis, 40));
  return held(at, load<f64>(axis, 48), load<f64>(axis, 56));
}

/** The voxels at or below two positions. A position just below a voxel, within rounding noise, counts as at it. */
function floorsOf(at: v128): v128 {
  return f64x2.floor(f64x2.add(at, f64x2.splat(noWeight)));
}

/** Four voxels as integers. */
// @ts-expect-error: a decorator of AssemblyScript
function voxels(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high), 0, 2);
}

/** How far two positions are above their voxels, as floats; 0 within rounding noise. */
function aboveOf(at: v128, floors: v128): v128 {
  const above = f64x2.sub(at, floors);
  return f32x4.demote_f64x2_zero(v128.and(above, f64x2.gt(above, f64x2.splat(noWeight))));
}

function fractions(low: v128, lowFloor: v128, high: v128, highFloor: v128): v128 {
  return v128.shuffle<f64>(aboveOf(low, lowFloor), aboveOf(high, highFloor), 0, 2);
}

/** Two displaced indices of the output. */
function firstTwo(from: usize, start: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v128.load_zero<i64>(from)), start);
}

// Distance between the axes in the table, in bytes.
const axisBytes: i32 = 64;

/**
 * Interpolates `length` values (a multiple of 4) at displaced positions: output i is at `(i + dx[i], y + dy[i],
 * z + dz[i])`, mapped. For each axis of the image the table has four numbers of the map, where the first
 * mirror is and how far it is to the next one, and the voxels between which positions are held.
 */
export function gatherAt(
  out: usize,
  length: i32,
  image: usize,
  row: i32,
  plane: i32,
  table: usize,
  dx: usize,
  dy: usize,
  dz: usize,
  x: f64,
  y: f64,
  z: f64,
  isMirrored: bool,
): bool {
  const rows = i32x4.splat(row);
  const planes = i32x4.splat(plane);
  const first = i32x4.splat(<i32>image);
  const ys = f64x2.splat(y);
  const zs = f64x2.splat(z);
  const tableY = table + axisBytes;
  const tableZ = table + 2 * axisBytes;
  let xs = f64x2(x, x + 1);
  let odd = i32x4.splat(0);
  for (let i: usize = 0, end = (<usize>length) << 2; i < end; i += 16) {
    const ax = firstTwo(dx + i, xs);
    const ay = firstTwo(dy + i, ys);
    const az = firstTwo(dz + i, zs);
    xs = f64x2.add(xs, f64x2.splat(2));
    const bx = firstTwo(dx + i + 8, xs);
    const by = firstTwo(dy + i + 8, ys);
    const bz = firstTwo(dz + i + 8, zs);
    xs = f64x2.add(xs, f64x2.splat(2));

    let low = positions(table, ax, ay, az, isMirrored);
    let high = positions(table, bx, by, bz, isMirrored);
    let lowFloor = floorsOf(low);
    let highFloor = floorsOf(high);
    let at = i32x4.add(first, i32x4.shl(voxels(lowFloor, highFloor), 2));
    const fx = fractions(low, lowFloor, high, highFloor);

    low = positions(tableY, ax, ay, az, isMirrored);
    high = positions(tableY, bx, by, bz, isMirrored);
    lowFloor = floorsOf(low);
    highFloor = floorsOf(high);
    at = i32x4.add(at, i32x4.mul(voxels(lowFloor, highFloor), rows));
    const fy = fractions(low, lowFloor, high, highFloor);

    low = positions(tableZ, ax, ay, az, isMirrored);
    high = positions(tableZ, bx, by, bz, isMirrored);
    lowFloor = floorsOf(low);
    highFloor = floorsOf(high);
    at = i32x4.add(at, i32x4.mul(voxels(lowFloor, highFloor), planes));
    const fz = fractions(low, lowFloor, high, highFloor);

    const values = blend(at, row, plane, fx, fy, fz);
    odd = v128.or(odd, f32x4.sub(values, values));
    v128.store(out + i, values);
  }
  return v128.any_true(odd);
}
