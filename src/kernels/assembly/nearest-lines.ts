// AssemblyScript, compiled after gather-lines.ts, in one module with it, by `npm run build:wasm`.

const half: i32 = 1 << 23;
// Positions this close to halfway between two voxels, in units of a piece, are computed again in double.
const margin: i32 = 64;

/** Whether positions, half a voxel further on, are so close to a voxel that rounding could have taken them there. */
function isUnsure(positions: v128): v128 {
  const rest = v128.and(i32x4.add(positions, i32x4.splat(margin)), i32x4.splat(0xffffff));
  return i32x4.lt_s(rest, i32x4.splat(2 * margin));
}

/** Whether voxels are not in an image of `n` along an axis. */
function isOutside(voxels: v128, n: i32): v128 {
  return v128.or(i32x4.lt_s(voxels, i32x4.splat(0)), i32x4.ge_s(voxels, i32x4.splat(n)));
}

/**
 * Writes the places of the nearest voxels at `length` positions (a multiple of 4) along a line, as in `gatherLine`:
 * `first + i * sx + j * sy + k * sz` for voxel (i, j, k); -1 outside the image, -2 where two voxels may be as near.
 */
export function nearestLine(
  out: usize,
  length: i32,
  first: i32,
  sx: i32,
  sy: i32,
  sz: i32,
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
): void {
  const widest = max(max(abs(mx), abs(my)), abs(mz));
  const piece = min(pieceLength, <i32>min(mostTravel / widest, 64) & ~3);
  for (let i = 0; i < length; i += piece) {
    const count = min(piece, length - i);
    prepare(x + mx * <f64>i, mx, count, least, nx - 1 - least);
    let px = four();
    const stepX = i32x4.splat(4 * step);
    const lowX = i32x4.splat(lowest);
    const highX = i32x4.splat(highest);
    const baseX = i32x4.splat(base);
    prepare(y + my * <f64>i, my, count, least, ny - 1 - least);
    let py = four();
    const stepY = i32x4.splat(4 * step);
    const lowY = i32x4.splat(lowest);
    const highY = i32x4.splat(highest);
    const baseY = i32x4.splat(base);
    prepare(z + mz * <f64>i, mz, count, least, nz - 1 - least);
    let pz = four();
    const stepZ = i32x4.splat(4 * step);
    const lowZ = i32x4.splat(lowest);
    const highZ = i32x4.splat(highest);
    const baseZ = i32x4.splat(base);
    for (let end = out + ((<usize>count) << 2); out < end; out += 16) {
      const vx = i32x4.add(i32x4.min_s(i32x4.max_s(px, lowX), highX), i32x4.splat(half));
      const vy = i32x4.add(i32x4.min_s(i32x4.max_s(py, lowY), highY), i32x4.splat(half));
      const vz = i32x4.add(i32x4.min_s(i32x4.max_s(pz, lowZ), highZ), i32x4.splat(half));
      const ix = i32x4.add(i32x4.shr_s(vx, 24), baseX);
      const iy = i32x4.add(i32x4.shr_s(vy, 24), baseY);
      const iz = i32x4.add(i32x4.shr_s(vz, 24), baseZ);
      let place = i32x4.add(i32x4.splat(first), i32x4.mul(ix, i32x4.splat(sx)));
      place = i32x4.add(place, i32x4.mul(iy, i32x4.splat(sy)));
      place = i32x4.add(place, i32x4.mul(iz, i32x4.splat(sz)));
      const beyond = v128.or(v128.or(isOutside(ix, <i32>nx), isOutside(iy, <i32>ny)), isOutside(iz, <i32>nz));
      const odd = v128.or(v128.or(isUnsure(vx), isUnsure(vy)), isUnsure(vz));
      place = v128.or(place, beyond);
      v128.store(out, v128.bitselect(i32x4.splat(-2), place, odd));
      px = i32x4.add(px, stepX);
      py = i32x4.add(py, stepY);
      pz = i32x4.add(pz, stepZ);
    }
  }
}
