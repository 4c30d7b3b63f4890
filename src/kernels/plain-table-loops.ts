/** Loops over values that look something up, or make something shorter than floats, in plain JavaScript. */

/** The loops. Lengths are multiples of 16. */
export interface TableLoops {
  /**
   * Writes the integer parts of values to `out` as a kind of integer; returns whether all are between two numbers (if
   * not, what is written is of no use).
   */
  truncateTo(
    at: number,
    length: number,
    out: number,
    kind: IntegerKind,
    below: number,
    above: number,
  ): boolean | number;
  /** Writes a byte for each value: 1 if it, or with `isInverted` `top` minus it, is at most a threshold, else 0. */
  markAtMost(at: number, length: number, out: number, threshold: number, isInverted: boolean, top: number): void;
  /** Counts finite values by bin, in one or the other of two tables of unsigned integers. None is below `first`. */
  countInto(at: number, length: number, first: number, perBin: number, bins: number, counts: number): void;
  /** Maps values along straight lines between points at equal distances; beyond them, to the outermost heights. */
  mapAlong(
    at: number,
    length: number,
    first: number,
    last: number,
    perUnit: number,
    heights: number,
    points: number,
  ): void;
}

/** int8, uint8, int16 or uint16. */
export type IntegerKind = 0 | 1 | 2 | 3;

/** The loops, over a block of memory. */
export function plainTableLoops(memory: ArrayBuffer): TableLoops {
  const [f32, f64, u32] = [new Float32Array(memory), new Float64Array(memory), new Uint32Array(memory)];
  const bytes = new Uint8Array(memory);
  return {
    truncateTo(at, length, out, kind, below, above) {
      const values = f32.subarray(at / 4, at / 4 + length);
      integersAt(memory, out, length, kind).set(values);
      return values.every((value) => value > below && value < above);
    },
    markAtMost(at, length, out, threshold, isInverted, top) {
      for (let i = 0; i < length; i++) {
        const value = f32[at / 4 + i]!;
        bytes[out + i] = (isInverted ? top - value : value) <= threshold ? 1 : 0;
      }
    },
    countInto(at, length, first, perBin, bins, counts) {
      for (let i = 0; i < length; i++) {
        const value = f32[at / 4 + i]!;
        if (!Number.isFinite(value)) continue;
        u32[counts / 4 + (i & 1) * bins + Math.min(Math.floor((value - first) * perBin), bins - 1)]!++;
      }
    },
    mapAlong(at, length, first, last, perUnit, heights, points) {
      for (let i = at / 4, end = i + length; i < end; i++) {
        const value = f32[i]!;
        if (value <= first) f32[i] = f64[heights / 8]!;
        else if (value >= last) f32[i] = f64[heights / 8 + points - 1]!;
        else if (!Number.isNaN(value)) {
          const place = (value - first) * perUnit;
          const below = Math.min(Math.floor(place), points - 2);
          const [low, high] = [f64[heights / 8 + below]!, f64[heights / 8 + below + 1]!];
          f32[i] = low + (high - low) * (place - below);
        }
      }
    },
  };
}

/** Integers of a kind in a block of memory. */
export function integersAt(memory: ArrayBuffer, from: number, length: number, kind: IntegerKind) {
  if (kind === 0) return new Int8Array(memory, from, length);
  if (kind === 1) return new Uint8Array(memory, from, length);
  return kind === 2 ? new Int16Array(memory, from, length) : new Uint16Array(memory, from, length);
}
