/**
 * Loops over values as floats, in a block of memory of their own: in WebAssembly with SIMD, and in plain JavaScript with
 * the same results, byte for byte.
 */
import { plainValueLoops, type ValueLoops } from "./plain-value-loops.ts";
import { valuesModule } from "./values.wasm.ts";
import { instantiated, loopsIn } from "./wasm-instance.ts";

/** Address of the memory for values, in bytes; what is before it belongs to the loops. */
export const valuesAt = 2 ** 16;

/** Floats that there is memory for. */
export const valuesRoom = (6 * 2 ** 16) / 4;

/** Address of memory for sums and tables: 64 KiB. */
export const workAt = 7 * 2 ** 16;

const names = [
  "mapLine",
  "keepBeyond",
  "keepMasked",
  "markAtLeast",
  "roundHalvesToEven",
  "widen",
  "addSums",
  "addSquares",
  "logistic",
  "softmax",
  "argmax",
  "contrast",
  "multiplyByField",
  "takeSoftplus",
  "addGaussian",
  "addRician",
  "truncateTo",
  "markAtMost",
  "countInto",
  "mapAlong",
] as const;

let instance: ValueLoops | undefined;

/** The fastest loops that the machine has. */
export function valueLoops(): ValueLoops {
  instance ??= compiledValueLoops() ?? plainValueLoops();
  return instance;
}

/** The compiled loops; undefined if the machine has no WebAssembly with SIMD. */
export function compiledValueLoops(): ValueLoops | undefined {
  const module = instantiated(valuesModule);
  const loops = module && loopsIn(module.exports, names);
  return loops && { ...loops, memory: module.reserve(0) };
}
