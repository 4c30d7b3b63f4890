/** The loops of value-loops.ts in plain JavaScript, with the arithmetic of assembly/simd-values.ts. */
import { expBelow0, expOf, logOf, logOfRest, octaveOf, powerOf2 } from "./float-math.ts";
import { type NoiseLoops, plainNoiseLoops } from "./plain-noise-loops.ts";
import { plainTableLoops, type TableLoops } from "./plain-table-loops.ts";

const { fround } = Math;

/** The loops. They work in place from the address `at`; addresses are in bytes, lengths are multiples of 4. */
export interface ValueLoops extends NoiseLoops, TableLoops {
  readonly memory: ArrayBuffer;
  /** Maps values to `(value - from) * factor + to`, in double, then cuts them. With `keepZero`, zeros stay. NaN stays. */
  mapLine(
    at: number,
    length: number,
    from: number,
    factor: number,
    to: number,
    low: number,
    high: number,
    keepZero: boolean,
  ): void;
  /** Replaces values that are not above a threshold, also NaN; with `below`, those that are not below it. */
  keepBeyond(at: number, length: number, threshold: number, below: boolean, otherwise: number): void;
  /** Replaces values by 0 where those at `mask` are not above a threshold. */
  keepMasked(at: number, length: number, mask: number, threshold: number): void;
  /** Replaces values by 1 if they are at least a threshold, else by 0. */
  markAtLeast(at: number, length: number, threshold: number): void;
  /** Rounds to integers, halves to even. */
  roundHalvesToEven(at: number, length: number): void;
  /** Widens four minima and the four maxima after them to contain values; NaN is ignored. */
  widen(at: number, length: number, extents: number): void;
  /**
   * Adds the finite values to four sums, and their number to the four counters after them; with `nonzero`, without
   * zeros.
   */
  addSums(at: number, length: number, sums: number, nonzero: boolean): void;
  /** Adds the squared distances of the same values from `mean` to four sums. */
  addSquares(at: number, length: number, sums: number, mean: number, nonzero: boolean): void;
  /** 1 / (1 + exp(-x)). */
  logistic(at: number, length: number): void;
  /** Divides exponentials by their sum over rows, which are `pitch` bytes apart. */
  softmax(at: number, length: number, rows: number, pitch: number): void;
  /** Replaces the first of some rows by the number of the row with the greatest value. */
  argmax(at: number, length: number, rows: number, pitch: number): void;
  /** Maps values to `((x - from) * perUnit) ^ gamma * range + to`. */
  contrast(at: number, length: number, from: number, perUnit: number, gamma: number, range: number, to: number): void;
  /** Multiplies values by the exponential of a weighted sum of rows, which are `pitch` bytes apart. */
  multiplyByField(at: number, length: number, rows: number, pitch: number, weights: number, count: number): void;
  /** Takes away `log(1 + e^(k * (x - from))) / k`, of each value x at `before`. */
  takeSoftplus(at: number, length: number, before: number, from: number, k: number): void;
}

/** The loops, with memory of their own. */
export function plainValueLoops(bytes = 8 * 2 ** 16): ValueLoops {
  const memory = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
  const f32 = new Float32Array(memory);
  return {
    memory,
    ...lineLoops(f32),
    ...sumLoops(memory),
    ...curveLoops(f32),
    ...plainNoiseLoops(f32),
    ...plainTableLoops(memory),
  };
}

type LineLoops = Pick<ValueLoops, "mapLine" | "keepBeyond" | "keepMasked" | "markAtLeast" | "roundHalvesToEven">;

function lineLoops(f32: Float32Array): LineLoops {
  return {
    mapLine(at, length, from, factor, to, low, high, keepZero) {
      for (let i = at / 4, end = i + length; i < end; i++) {
        const value = f32[i]!;
        const mapped = keepZero && value === 0 ? 0 : (value - from) * factor + to;
        if (mapped < low) f32[i] = low;
        // As in the compiled loop, where a limit of -0 is not less than 0.
        else if (high < mapped) f32[i] = high;
        else f32[i] = mapped;
      }
    },
    keepBeyond(at, length, threshold, below, otherwise) {
      const limit = fround(threshold);
      for (let i = at / 4, end = i + length; i < end; i++) {
        const value = f32[i]!;
        if (!(below ? value < limit : value > limit)) f32[i] = otherwise;
      }
    },
    keepMasked(at, length, mask, threshold) {
      const limit = fround(threshold);
      for (let i = at / 4, n = mask / 4, end = i + length; i < end; i++, n++) if (!(f32[n]! > limit)) f32[i] = 0;
    },
    markAtLeast(at, length, threshold) {
      const limit = fround(threshold);
      for (let i = at / 4, end = i + length; i < end; i++) f32[i] = f32[i]! >= limit ? 1 : 0;
    },
    roundHalvesToEven(at, length) {
      for (let i = at / 4, end = i + length; i < end; i++) f32[i] = halvesToEven(f32[i]!);
    },
  };
}

/** The nearest integer, the even one if two are as near; never -0. */
export function halvesToEven(value: number): number {
  const below = Math.floor(value);
  const above = value - below;
  const isUp = above === 0.5 ? below % 2 !== 0 : above > 0.5;
  return (isUp ? below + 1 : below) + 0;
}

function sumLoops(memory: ArrayBuffer): Pick<ValueLoops, "widen" | "addSums" | "addSquares"> {
  const [f32, f64, i32] = [new Float32Array(memory), new Float64Array(memory), new Int32Array(memory)];
  const counts = (value: number, nonzero: boolean) => Number.isFinite(value) && !(nonzero && value === 0);
  return {
    widen(at, length, extents) {
      const to = extents / 4;
      for (let i = 0; i < length; i++) {
        const value = f32[at / 4 + i]!;
        if (value < f32[to + (i & 3)]!) f32[to + (i & 3)] = value;
        if (f32[to + 4 + (i & 3)]! < value) f32[to + 4 + (i & 3)] = value;
      }
    },
    addSums(at, length, sums, nonzero) {
      for (let i = 0; i < length; i++) {
        const value = f32[at / 4 + i]!;
        if (!counts(value, nonzero)) continue;
        f64[sums / 8 + (i & 3)]! += value;
        i32[sums / 4 + 8 + (i & 3)]!++;
      }
    },
    addSquares(at, length, sums, mean, nonzero) {
      for (let i = 0; i < length; i++) {
        const value = f32[at / 4 + i]!;
        if (counts(value, nonzero)) f64[sums / 8 + (i & 3)]! += (value - mean) * (value - mean);
      }
    },
  };
}

type CurveLoops = Pick<ValueLoops, "logistic" | "softmax" | "argmax" | "contrast" | "multiplyByField" | "takeSoftplus">;

function curveLoops(f32: Float32Array): CurveLoops {
  return {
    ...channelLoops(f32),
    logistic(at, length) {
      for (let i = at / 4, end = i + length; i < end; i++) f32[i] = logisticOf(f32[i]!);
    },
    contrast(at, length, from, perUnit, gamma, range, to) {
      const [froms, factors, gammas, ranges, tos] = [
        fround(from),
        fround(perUnit),
        fround(gamma),
        fround(range),
        fround(to),
      ];
      for (let i = at / 4, end = i + length; i < end; i++) {
        const x = fround(fround(f32[i]! - froms) * factors);
        f32[i] = fround(raised(x, gammas) * ranges) + tos;
      }
    },
    multiplyByField(at, length, rows, pitch, weights, count) {
      for (let i = 0; i < length; i++) {
        let field = fround(f32[rows / 4 + i]! * f32[weights / 4]!);
        for (let n = 1; n < count; n++) {
          field = fround(field + fround(f32[(rows + n * pitch) / 4 + i]! * f32[weights / 4 + n]!));
        }
        f32[at / 4 + i]! *= expOf(field);
      }
    },
    takeSoftplus(at, length, before, from, k) {
      const [froms, ks] = [fround(from), fround(k)];
      for (let i = 0; i < length; i++) {
        const distance = fround(f32[before / 4 + i]! - froms);
        const bent = fround(logOf(fround(1 + expBelow0(-Math.abs(fround(distance * ks))))) / ks);
        const straight = ks < 0 ? Math.min(distance, 0) : Math.max(distance, 0);
        f32[at / 4 + i]! -= fround(straight + bent);
      }
    },
  };
}

/** 1 / (1 + exp(-x)), of a float. */
export function logisticOf(x: number): number {
  const power = expBelow0(-Math.abs(x));
  return fround((x < 0 ? power : 1) / fround(1 + power));
}

/** A float from 0 to 1, raised to a power. */
function raised(x: number, gamma: number): number {
  if (Number.isNaN(x)) return x;
  if (x < leastNormal) return 0;
  const octave = octaveOf(x);
  return powerOf2(fround(fround(octave * gamma) + fround(logOfRest(x, octave) * fround(gamma * perOctave))));
}

const [leastNormal, perOctave] = [fround(1.17549435e-38), fround(Math.LOG2E)];

function channelLoops(f32: Float32Array): Pick<ValueLoops, "softmax" | "argmax"> {
  return {
    softmax(at, length, rows, pitch) {
      for (let i = at / 4, end = i + length; i < end; i++) {
        const last = i + (rows * pitch) / 4;
        let greatest = f32[i]!;
        for (let n = i + pitch / 4; n < last; n += pitch / 4) if (greatest < f32[n]!) greatest = f32[n]!;
        let sum = 0;
        for (let n = i; n < last; n += pitch / 4) {
          f32[n] = expBelow0(fround(f32[n]! - greatest));
          sum = fround(sum + f32[n]!);
        }
        for (let n = i; n < last; n += pitch / 4) f32[n]! /= sum;
      }
    },
    argmax(at, length, rows, pitch) {
      for (let i = at / 4, end = i + length; i < end; i++) {
        let [best, winner] = [Number.NEGATIVE_INFINITY, 0];
        for (let n = 0; n < rows; n++) {
          const value = f32[i + (n * pitch) / 4]!;
          if (value > best) [best, winner] = [value, n];
        }
        f32[i] = winner;
      }
    },
  };
}
