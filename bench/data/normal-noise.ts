/** Noise for scans that are made: the same in every run. */

const tableSize = 2 ** 16;
const normals = Float32Array.from({ length: tableSize }, normalFrom(numbersFrom(1)));

/** Normally distributed numbers, mean 0 and deviation 1, from a seed: one per call. */
export function normalNoise(seed: number): () => number {
  const next = numbersFrom(seed);
  return () => normals[next() & (tableSize - 1)] ?? 0;
}

/** Integers below 2^32, by Marsaglia's xorshift with 32 bits. */
export function numbersFrom(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Box and Muller's transform of uniform numbers. */
function normalFrom(next: () => number): () => number {
  const uniform = () => (next() + 1) / (2 ** 32 + 1);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
