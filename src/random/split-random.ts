import { RandomState } from "./mt19937.ts";
import { Random } from "./random.ts";

/**
 * Which generator splits a dataset: VoxRx's, or MONAI's (NumPy's `RandomState`), so that splits equal MONAI's for a
 * seed.
 */
export type SplitRng = "voxrx" | "monai";

/** The random numbers that splitting needs. */
export interface SplitRandom {
  shuffle<T>(values: readonly T[]): T[];
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** A generator for splits, with a seed. */
export function splitRandom(rng: SplitRng, seed: number): SplitRandom {
  if (rng === "monai") return new RandomState(seed);
  const random = new Random("split", seed);
  return { shuffle: (values) => random.shuffle(values), random: () => random.next() };
}
