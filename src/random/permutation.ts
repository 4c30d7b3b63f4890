import type { Random } from "./random.ts";

const rounds = 6;

/**
 * A random order of 0..length-1 that can be computed for any single place, in constant memory: a Feistel network over
 * the next power of four, repeated until the result is below `length` (Black and Rogaway 2002, "Ciphers with Arbitrary
 * Finite Domains").
 *
 * @param length number of places, at most 2^40
 * @param random the generator that the round keys are drawn from
 */
export function permutation(length: number, random: Random): (place: number) => number {
  let half = 1;
  while (half * half < length) half *= 2;
  const keys = Array.from({ length: rounds }, () => random.seed());
  const once = (value: number): number => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (const key of keys) {
      const mixed = (left ^ (mix(right, key) % half)) >>> 0;
      left = right;
      right = mixed;
    }
    return left * half + right;
  };
  return (place) => {
    let value = once(place);
    while (value >= length) value = once(value);
    return value;
  };
}

/** Mixes two 32-bit numbers into one (the finalizer of MurmurHash3, Appleby 2011). */
function mix(value: number, key: number): number {
  let hash = (value ^ key) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
