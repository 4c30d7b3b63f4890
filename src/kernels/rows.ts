/**
 * Loops over rows of floats: in WebAssembly with SIMD, and in plain JavaScript with the same results, byte for byte.
 */
import type { ReadonlySamples } from "../samples.ts";
import { rowsModule } from "./rows.wasm.ts";
import { instantiated, loopsIn } from "./wasm-instance.ts";

/**
 * The loops, over one block of memory. Addresses and offsets are in bytes; lengths are in floats and multiples of 4.
 */
export interface RowLoops {
  /** Returns memory of at least this many bytes. The contents of an earlier block are lost. */
  reserve(bytes: number): ArrayBuffer;
  /** Writes `p * u + q * v` of two rows. */
  weigh2(out: number, length: number, p: number, u: number, q: number, v: number): void;
  /** Writes `(p * u + q * v) + (r * w + s * x)` of four rows. */
  weigh4(
    out: number,
    length: number,
    p: number,
    u: number,
    q: number,
    v: number,
    r: number,
    w: number,
    s: number,
    x: number,
  ): void;
  /**
   * For each of `width` voxels, writes the weighted sum of two values of a row; `taps` has their offsets in the row and
   * their weights.
   */
  gather(out: number, width: number, row: number, taps: number): void;
  /** Converts samples of a kind to floats. */
  widen(out: number, length: number, from: number, kind: SampleKind): void;
  /**
   * Converts `rows` rows of `length` samples of a kind, without gaps, to floats and writes them as columns: sample i of
   * row n becomes place n of output row i. Output rows are `pitch` floats apart. Both numbers can be anything, but
   * there must be memory for them rounded up to multiples of 4.
   */
  transpose(out: number, pitch: number, from: number, length: number, rows: number, kind: SampleKind): void;
  /**
   * Writes the weighted sum of rows, computed in double, rounded once. `table` has 16 bytes for each row: its address,
   * 4 unused bytes, and its weight as a double.
   */
  weighRows(out: number, length: number, table: number, count: number): void;
  /**
   * Writes the smaller of the values of two rows to `low`, the greater one to `high`; if they are equal, that of `p` to
   * `low`. Values must not be NaN.
   */
  minMax(low: number, high: number, p: number, q: number, length: number): void;
  /** Adds a row of floats to a row of doubles, or to zeros if it is the first one. */
  addFloats(sums: number, length: number, from: number, isFirst: boolean): void;
  /** Adds a row of doubles to another one, or to zeros if it is the first one. */
  addDoubles(sums: number, length: number, from: number, isFirst: boolean): void;
  /**
   * Writes means of a row of doubles, computed in double, rounded once. For each of `width` means the table has the
   * offset of the first term in the row and the number of terms; terms are `step` bytes apart, and each of them is
   * itself a sum of `depth` values.
   */
  means(out: number, width: number, row: number, table: number, step: number, depth: number): void;
  /**
   * Adds the weights of a plane of a patch to their sums so far, and writes the share of each in its new sum. A weight
   * is the product of those along the row and across, but at least `least`. Rows of the sums are `pitch` bytes apart;
   * shares have no gaps. Lengths can be anything.
   */
  addWeights(
    shares: number,
    sums: number,
    pitch: number,
    along: number,
    across: number,
    length: number,
    rows: number,
    least: number,
  ): void;
  /**
   * Moves the means of a plane towards the values of a patch, by the values' shares in them; a mean that equals the
   * value stays. Rows of the means are `pitch` bytes apart; values and shares have no gaps. Lengths can be anything.
   */
  blendRows(means: number, pitch: number, values: number, shares: number, length: number, rows: number): void;
}

/** Element types of samples that the loops convert, as numbers, which WebAssembly can take. */
export type SampleKind = 0 | 1 | 2 | 3 | 4;

/** The kind of an array's samples; undefined if float32 can't hold all of them. */
export function sampleKind(samples: ReadonlySamples): SampleKind | undefined {
  if (samples instanceof Int8Array) return 0;
  if (samples instanceof Uint8Array) return 1;
  if (samples instanceof Int16Array) return 2;
  if (samples instanceof Uint16Array) return 3;
  return samples instanceof Float32Array ? 4 : undefined;
}

/** Samples of a kind in existing memory, from a byte on. */
function samplesAt(memory: ArrayBuffer, from: number, length: number, kind: SampleKind) {
  if (kind === 0) return new Int8Array(memory, from, length);
  if (kind === 1) return new Uint8Array(memory, from, length);
  if (kind === 2) return new Int16Array(memory, from, length);
  return kind === 3 ? new Uint16Array(memory, from, length) : new Float32Array(memory, from, length);
}

/** WebAssembly's memory never shrinks, so images that need more than this many bytes at a time use the plain loops. */
const mostMemory = 64 * 2 ** 20;

/** Null before the first lookup. */
let instance: RowLoops | undefined | null = null;

/** The loops for work that needs this many bytes at a time. */
export function rowLoops(bytes: number): RowLoops {
  return fastRowLoops(bytes) ?? plainRowLoops();
}

/** The compiled loops, if available and if they can handle this many bytes at a time. */
export function fastRowLoops(bytes: number): RowLoops | undefined {
  if (bytes > mostMemory) return undefined;
  if (instance === null) instance = compiledRowLoops();
  return instance;
}

const names = [
  "weigh2",
  "weigh4",
  "gather",
  "widen",
  "transpose",
  "weighRows",
  "minMax",
  "addFloats",
  "addDoubles",
  "means",
  "addWeights",
  "blendRows",
] as const;

/** The compiled loops; undefined if the machine has no WebAssembly with SIMD. */
export function compiledRowLoops(): RowLoops | undefined {
  const module = instantiated(rowsModule);
  const loops = module && loopsIn(module.exports, names);
  return loops && { ...loops, reserve: module.reserve };
}

/** The same loops without WebAssembly: every operation is rounded to float32, as with SIMD. */
export function plainRowLoops(): RowLoops {
  const { fround } = Math;
  let f32 = new Float32Array(0);
  return {
    reserve(bytes) {
      if (f32.byteLength < bytes) f32 = new Float32Array(Math.ceil(bytes / 8) * 2);
      return f32.buffer;
    },
    weigh2(out, length, p, u, q, v) {
      const [us, vs] = [fround(u), fround(v)];
      for (let i = 0, o = out / 4, a = p / 4, b = q / 4; i < length; i++) {
        f32[o + i] = fround(f32[a + i]! * us) + fround(f32[b + i]! * vs);
      }
    },
    weigh4(out, length, p, u, q, v, r, w, s, x) {
      const [us, vs, ws, xs] = [fround(u), fround(v), fround(w), fround(x)];
      const [o, a, b, c, d] = [out / 4, p / 4, q / 4, r / 4, s / 4];
      for (let i = 0; i < length; i++) {
        const near = fround(fround(f32[a + i]! * us) + fround(f32[b + i]! * vs));
        const far = fround(fround(f32[c + i]! * ws) + fround(f32[d + i]! * xs));
        f32[o + i] = near + far;
      }
    },
    gather(out, width, row, taps) {
      const places = new Uint32Array(f32.buffer);
      const [o, from] = [out / 4, row / 4];
      for (let i = 0, t = taps / 4; i < width; i++, t += 4) {
        const near = fround(f32[from + places[t]! / 4]! * f32[t + 2]!);
        const far = fround(f32[from + places[t + 1]! / 4]! * f32[t + 3]!);
        f32[o + i] = near + far;
      }
    },
    widen(out, length, from, kind) {
      f32.set(samplesAt(f32.buffer, from, length, kind), out / 4);
    },
    transpose(out, pitch, from, length, rows, kind) {
      const samples = samplesAt(f32.buffer, from, length * rows, kind);
      for (let n = 0, at = 0; n < rows; n++) {
        for (let i = 0, o = out / 4 + n; i < length; i++, o += pitch) f32[o] = samples[at++]!;
      }
    },
    weighRows(out, length, table, count) {
      const addresses = new Uint32Array(f32.buffer, table, 4 * count);
      const weights = new Float64Array(f32.buffer, table, 2 * count);
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let row = 0; row < count; row++) sum += f32[addresses[4 * row]! / 4 + i]! * weights[2 * row + 1]!;
        f32[out / 4 + i] = sum;
      }
    },
    minMax(low, high, p, q, length) {
      const [l, h, s, t] = [low / 4, high / 4, p / 4, q / 4];
      for (let i = 0; i < length; i++) {
        const [a, b] = [f32[s + i]!, f32[t + i]!];
        const isDescending = b < a;
        f32[l + i] = isDescending ? b : a;
        f32[h + i] = isDescending ? a : b;
      }
    },
    addFloats(sums, length, from, isFirst) {
      const doubles = new Float64Array(f32.buffer, sums, length);
      for (let i = 0; i < length; i++) doubles[i] = (isFirst ? 0 : doubles[i]!) + f32[from / 4 + i]!;
    },
    addDoubles(sums, length, from, isFirst) {
      const [doubles, terms] = [new Float64Array(f32.buffer, sums, length), new Float64Array(f32.buffer, from, length)];
      for (let i = 0; i < length; i++) doubles[i] = (isFirst ? 0 : doubles[i]!) + terms[i]!;
    },
    means(out, width, row, table, step, depth) {
      const doubles = new Float64Array(f32.buffer);
      const windows = new Uint32Array(f32.buffer, table, 2 * width);
      for (let i = 0; i < width; i++) {
        const [from, count] = [row + windows[2 * i]!, windows[2 * i + 1]!];
        let sum = 0;
        for (let n = 0; n < count; n++) sum += doubles[(from + n * step) / 8]!;
        f32[out / 4 + i] = sum / (depth * count);
      }
    },
    addWeights(shares, sums, pitch, along, across, length, rows, least) {
      for (let row = 0, share = shares / 4; row < rows; row++) {
        const factor = f32[across / 4 + row]!;
        for (let i = 0, s = (sums + row * pitch) / 4, a = along / 4; i < length; i++, s++) {
          const weight = Math.max(fround(f32[a + i]! * factor), fround(least));
          const sum = fround(f32[s]! + weight);
          f32[s] = sum;
          f32[share++] = weight / sum;
        }
      }
    },
    blendRows(means, pitch, values, shares, length, rows) {
      for (let row = 0, at = 0; row < rows; row++) {
        for (let i = 0, m = (means + row * pitch) / 4; i < length; i++, m++, at++) {
          const [old, value, share] = [f32[m]!, f32[values / 4 + at]!, f32[shares / 4 + at]!];
          if (old !== value) f32[m] = fround(old * fround(1 - share)) + fround(value * share);
        }
      }
    },
  };
}
