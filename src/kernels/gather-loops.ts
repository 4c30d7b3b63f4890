/**
 * Loops that interpolate an image voxel by voxel: in WebAssembly with SIMD, and in plain JavaScript with the same
 * results, byte for byte.
 */
import { gatherModule } from "./gather.wasm.ts";
import { floorOf, fractionOf } from "./sampling.ts";
import type { TransposingLoops } from "./turned-image.ts";
import { instantiated, loopsIn } from "./wasm-instance.ts";

/** The loops, over one block of memory. Addresses are in bytes; lengths are in floats, rounded up to multiples of 4. */
export interface GatherLoops extends TransposingLoops {
  /** Returns memory of at least this many bytes. The contents of an earlier block are lost. */
  reserve(bytes: number): ArrayBuffer;
  /**
   * Interpolates along a line of an image whose first voxel is at address `image`; rows and planes are `row` and `plane`
   * bytes apart. Around the image there is memory for one more voxel along each axis. Value i is at position `x + i * mx`, `y + i * my`, `z + i * mz`, held between voxel
   * `least` and voxel `nx - 1 - least` and so on. No step may be longer than {@link longestStep}. Returns 0 if all
   * values are finite.
   */
  gatherLine(
    out: number,
    length: number,
    image: number,
    row: number,
    plane: number,
    least: number,
    nx: number,
    ny: number,
    nz: number,
    x: number,
    y: number,
    z: number,
    mx: number,
    my: number,
    mz: number,
  ): number;
  /**
   * Interpolates at displaced positions: value i is at `(x + i + dx[i], y + dy[i], z + dz[i])`, mapped. The table has
   * {@link axisNumbers} doubles for each axis of the image: four of the map, where the first mirror is and how far it
   * is to the next one, and the voxels between which positions are held. Returns 0 if all values are finite.
   */
  gatherAt(
    out: number,
    length: number,
    image: number,
    row: number,
    plane: number,
    table: number,
    dx: number,
    dy: number,
    dz: number,
    x: number,
    y: number,
    z: number,
    isMirrored: boolean,
  ): number;
  /**
   * Writes the places of the voxels nearest to positions along a line, given as for `gatherLine`: `first + i * sx +
   * j * sy + k * sz` for voxel (i, j, k), or {@link outside}, or {@link unsure}.
   */
  nearestLine(
    out: number,
    length: number,
    first: number,
    sx: number,
    sy: number,
    sz: number,
    least: number,
    nx: number,
    ny: number,
    nz: number,
    x: number,
    y: number,
    z: number,
    mx: number,
    my: number,
    mz: number,
  ): void;
}

/** Marks of places: of a position outside the image, and of one that two voxels may be as near to. */
export const outside = -1;
export const unsure = -2;

/** The longest step along a line, in voxels. */
export const longestStep = 31;

/** Numbers of each axis in the table of displaced positions. */
export const axisNumbers = 8;

// As in assembly/gather-lines.ts.
const mostTravel = 126;
const longestPiece = 64;

const unit = 2 ** 24;
const margin = 64;

/** Null before the first lookup. */
let instance: GatherLoops | undefined | null = null;

/** The fastest loops available. */
export function gatherLoops(): GatherLoops {
  if (instance === null) instance = compiledGatherLoops();
  return instance ?? plainGatherLoops();
}

/** The compiled loops; undefined if the machine has no WebAssembly with SIMD. */
export function compiledGatherLoops(): GatherLoops | undefined {
  const module = instantiated(gatherModule);
  const loops = module && loopsIn(module.exports, ["gatherLine", "gatherAt", "nearestLine", "transpose"]);
  return loops && { ...loops, reserve: module.reserve };
}

/** The same loops without WebAssembly: every operation is rounded to float32, as with SIMD. */
export function plainGatherLoops(): GatherLoops {
  let f32 = new Float32Array(0);
  return {
    reserve(bytes) {
      if (f32.byteLength < bytes) f32 = new Float32Array(Math.ceil(bytes / 8) * 2);
      return f32.buffer;
    },
    gatherLine(out, length, image, row, plane, least, nx, ny, nz, x, y, z, mx, my, mz) {
      const piece = pieceLength(Math.max(Math.abs(mx), Math.abs(my), Math.abs(mz)));
      const end = Math.ceil(length / 4) * 4;
      let odd = 0;
      for (let i = 0, to = out / 4; i < end; i += piece) {
        const count = Math.min(piece, end - i);
        const axes = [
          pieceAxis(x + mx * i, mx, count, least, nx - 1 - least),
          pieceAxis(y + my * i, my, count, least, ny - 1 - least),
          pieceAxis(z + mz * i, mz, count, least, nz - 1 - least),
        ] as const;
        const from = (image >> 2) + axes[0].base + (row >> 2) * axes[1].base + (plane >> 2) * axes[2].base;
        for (let n = 0; n < count; n++) {
          const [px, py, pz] = [placeOn(axes[0], n), placeOn(axes[1], n), placeOn(axes[2], n)];
          const at = from + (px >> 24) + (py >> 24) * (row >> 2) + (pz >> 24) * (plane >> 2);
          const value = blend(f32, at, row >> 2, plane >> 2, shareOf(px), shareOf(py), shareOf(pz));
          f32[to++] = value;
          if (value - value !== 0) odd = 1;
        }
      }
      return odd;
    },
    gatherAt(out, length, image, row, plane, table, dx, dy, dz, x, y, z, isMirrored) {
      const axes = new Float64Array(f32.buffer, table, 3 * axisNumbers);
      const along = (axis: number, a: number, b: number, c: number) => {
        const [mx, my, mz, shift, edge, span, least, most] = axes.subarray(axis * axisNumbers);
        const mapped = mx! * a + my! * b + mz! * c + shift!;
        const at = isMirrored ? mirrored(mapped, edge!, span!) : mapped;
        return held(at, least!, most!);
      };
      let odd = 0;
      for (let i = 0, end = Math.ceil(length / 4) * 4; i < end; i++) {
        const [a, b, c] = [f32[dx / 4 + i]! + (x + i), f32[dy / 4 + i]! + y, f32[dz / 4 + i]! + z];
        const [px, py, pz] = [along(0, a, b, c), along(1, a, b, c), along(2, a, b, c)];
        const [ix, iy, iz] = [floorOf(px), floorOf(py), floorOf(pz)];
        const [fx, fy, fz] = [fractionOf(px, ix), fractionOf(py, iy), fractionOf(pz, iz)];
        const at = (image >> 2) + ix + iy * (row >> 2) + iz * (plane >> 2);
        const value = blend(f32, at, row >> 2, plane >> 2, Math.fround(fx), Math.fround(fy), Math.fround(fz));
        f32[out / 4 + i] = value;
        if (value - value !== 0) odd = 1;
      }
      return odd;
    },
    nearestLine(out, length, first, sx, sy, sz, least, nx, ny, nz, x, y, z, mx, my, mz) {
      const places = new Int32Array(f32.buffer, out, length);
      const piece = pieceLength(Math.max(Math.abs(mx), Math.abs(my), Math.abs(mz)));
      for (let i = 0; i < length; i += piece) {
        const count = Math.min(piece, length - i);
        const axes = [
          pieceAxis(x + mx * i, mx, count, least, nx - 1 - least),
          pieceAxis(y + my * i, my, count, least, ny - 1 - least),
          pieceAxis(z + mz * i, mz, count, least, nz - 1 - least),
        ] as const;
        for (let n = 0; n < count; n++) {
          const halfway = axes.map((axis) => placeOn(axis, n) + unit / 2);
          const [ix, iy, iz] = [0, 1, 2].map((axis) => axes[axis]!.base + (halfway[axis]! >> 24));
          const isInside = ix! >= 0 && iy! >= 0 && iz! >= 0 && ix! < nx && iy! < ny && iz! < nz;
          const place = isInside ? first + ix! * sx + iy! * sy + iz! * sz : outside;
          places[i + n] = halfway.some(isUnsure) ? unsure : place;
        }
      }
    },
  };
}

/** Whether a position, half a voxel further on, is so close to a voxel that rounding could have taken it there. */
function isUnsure(place: number): boolean {
  return ((place + margin) & (unit - 1)) < 2 * margin;
}

/** How many outputs a piece of a line has, if the longest step between them is this many voxels. */
function pieceLength(step: number): number {
  return Math.min(longestPiece, mostTravel / step) & ~3;
}

/** One axis of a piece of a line: positions are in units of 2^-24 voxels, relative to voxel `base`. */
interface PieceAxis {
  readonly base: number;
  /** The first position, and the way to the next one. */
  readonly place: number;
  readonly step: number;
  /** Between which positions they are held. */
  readonly lowest: number;
  readonly highest: number;
}

/** One axis of a piece of `count` positions, `start + by * n`, held between two voxels. */
function pieceAxis(start: number, by: number, count: number, least: number, most: number): PieceAxis {
  const end = start + by * (count - 1);
  const isBefore = start < least && end < least;
  const isAfter = start > most && end > most;
  const from = isBefore ? least : isAfter ? most : start;
  const base = Math.floor(Math.min(Math.max(from, least), most));
  return {
    base,
    place: Math.floor((from - base) * unit + 0.5),
    step: isBefore || isAfter ? 0 : Math.floor(by * unit + 0.5),
    lowest: Math.max(least - base, -127) * unit,
    highest: Math.min(most - base, 127) * unit,
  };
}

function placeOn({ place, step, lowest, highest }: PieceAxis, n: number): number {
  return Math.min(Math.max(place + n * step, lowest), highest);
}

function shareOf(place: number): number {
  return (place & 0xffffff) / unit;
}

/** NaN becomes `least`, as with SIMD. */
function held(at: number, least: number, most: number): number {
  if (!(at > least)) return least;
  return Math.min(at, most);
}

function mirrored(at: number, edge: number, span: number): number {
  const distance = Math.abs(at - edge);
  const turns = Math.floor(distance / span);
  const rest = distance - turns * span;
  return edge + (turns % 2 === 0 ? rest : span - rest);
}

function blend(f32: Float32Array, at: number, row: number, plane: number, fx: number, fy: number, fz: number): number {
  const { fround } = Math;
  const [gx, gy, gz] = [fround(1 - fx), fround(1 - fy), fround(1 - fz)];
  const along = (place: number) => fround(fround(f32[place]! * gx) + fround(f32[place + 1]! * fx));
  const low = fround(fround(along(at) * gy) + fround(along(at + row) * fy));
  const high = fround(fround(along(at + plane) * gy) + fround(along(at + row + plane) * fy));
  return fround(fround(low * gz) + fround(high * fz));
}
