/**
 * Loops over values as floats, in a block of memory of their own: in WebAssembly with SIMD, and in plain JavaScript with
 * the same results, byte for byte.
 */
import type { NoiseLoops } from "./plain-noise-loops.ts";
import type { TableLoops } from "./plain-table-loops.ts";
import { plainValueLoops } from "./plain-value-loops.ts";
import { valuesModule } from "./values.wasm.ts";

/** Address of the memory for values, in bytes; what is before it belongs to the loops. */
export const valuesAt = 2 ** 16;

/** Floats that there is memory for. */
export const valuesRoom = (6 * 2 ** 16) / 4;

/** Address of memory for sums and tables: 64 KiB. */
export const workAt = 7 * 2 ** 16;

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

let instance: ValueLoops | undefined;

/** The fastest loops that the machine has. */
export function valueLoops(): ValueLoops {
  instance ??= compiledValueLoops() ?? plainValueLoops();
  return instance;
}

type Exports = Omit<ValueLoops, "memory"> & { readonly memory: WebAssembly.Memory };

/** The compiled loops; undefined if the machine has no WebAssembly with SIMD. */
export function compiledValueLoops(): ValueLoops | undefined {
  if (typeof WebAssembly !== "object") return undefined;
  const bytes = Uint8Array.from(atob(valuesModule), (letter) => letter.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return undefined;
  const exports: object = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return hasLoops(exports) ? { ...exports, memory: exports.memory.buffer } : undefined;
}

/** Whether a module has its memory and all loops that the plain ones have. */
function hasLoops(exports: object): exports is Exports {
  if (!(Reflect.get(exports, "memory") instanceof WebAssembly.Memory)) return false;
  const { memory: _, ...loops } = plainValueLoops(8);
  return Object.keys(loops).every((name) => typeof Reflect.get(exports, name) === "function");
}
