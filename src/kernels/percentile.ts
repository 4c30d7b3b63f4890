/** Percentiles without sorting: by counting the bits of floats, and for other types by Hoare's selection (1961). */
import type { ReadonlySamples } from "../samples.ts";
import { eachBlockOf, type Strided } from "./strided.ts";

/**
 * Percentiles of one channel, or of all, interpolated linearly between ranks as NumPy does by default; NaN is ignored.
 * All NaN if there are no values.
 *
 * @param percents from 0 to 100
 */
export function percentilesOf(image: Strided, percents: readonly number[], channel?: number): number[] {
  const ranked = isExactInFloat32(image.storage) ? rankedFloats(image, channel) : rankedNumbers(image, channel);
  if (ranked.count === 0) return percents.map(() => Number.NaN);
  const ranks = percents.map((percent) => (percent / 100) * (ranked.count - 1));
  const values = ranked.valuesAt(ranks.flatMap((rank) => [Math.floor(rank), Math.ceil(rank)]));
  return ranks.map((rank, n) => {
    const [low, high] = [values[2 * n]!, values[2 * n + 1]!];
    return low === high ? low : low + (high - low) * (rank - Math.floor(rank));
  });
}

/** Values that can be looked up by rank. */
interface Ranked {
  /** Number of values, without NaN. */
  readonly count: number;
  valuesAt(ranks: readonly number[]): number[];
}

function rankedNumbers(image: Strided, channel?: number): Ranked {
  const numbers = new Float64Array(
    image.shape.reduce((product, n) => product * n, 1) / (channel === undefined ? 1 : image.shape[0]!),
  );
  let count = 0;
  eachBlockOf(image, channel, (values) => {
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) numbers[count++] = values[i]!;
  });
  return { count, valuesAt: (ranks) => ranks.map((rank) => select(numbers, rank, count)) };
}

function isExactInFloat32(samples: ReadonlySamples): boolean {
  return !(samples instanceof Float64Array || samples instanceof Int32Array || samples instanceof Uint32Array);
}

const halves = 2 ** 16;
const signBit = 0x80000000;
const infinity = 0x7f800000;

/**
 * Ranks floats by their bits, half of the bits at a time. Once the bits of negative floats are inverted, bits are in
 * the order of the values.
 */
function rankedFloats(image: Strided, channel?: number): Ranked {
  const counts = new Uint32Array(halves);
  eachBlockOfKeys(image, channel, (keys) => countHalves(keys, counts));
  return {
    count: counts.reduce((sum, n) => sum + n, 0),
    valuesAt: (ranks) => {
      const places = ranks.map((rank) => placeOf(counts, rank));
      const slots = new Int16Array(halves).fill(-1);
      const prefixes = [...new Set(places.map(({ at }) => at))];
      for (const [slot, prefix] of prefixes.entries()) slots[prefix] = slot;
      const rests = prefixes.map(() => new Uint32Array(halves));
      eachBlockOfKeys(image, channel, (keys) => countRests(keys, slots, rests));
      return places.map(({ at, left }) => floatOf(at * halves + placeOf(rests[slots[at]!]!, left).at));
    },
  };
}

/** Visits the sort keys of the values one block at a time, without NaN: 32-bit integers in the order of the values. */
function eachBlockOfKeys(image: Strided, channel: number | undefined, visit: (keys: Uint32Array) => void): void {
  let floats = new Float32Array(0);
  eachBlockOf(image, channel, (values) => {
    if (floats.length < values.length) floats = new Float32Array(values.length);
    floats.set(values);
    const keys = new Uint32Array(floats.buffer, 0, values.length);
    visit(keys.subarray(0, makeKeys(keys)));
  });
}

/** Turns the bits of floats into sort keys, without NaN; returns the number of keys. */
function makeKeys(words: Uint32Array): number {
  let n = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]! | 0;
    words[n] = word ^ ((word >> 31) | signBit);
    if ((word & ~signBit) <= infinity) n++;
  }
  return n;
}

function countHalves(keys: Uint32Array, counts: Uint32Array): void {
  for (let i = 0; i < keys.length; i++) counts[keys[i]! >>> 16]!++;
}

function countRests(keys: Uint32Array, slots: Int16Array, rests: readonly Uint32Array[]): void {
  for (let i = 0; i < keys.length; i++) {
    const slot = slots[keys[i]! >>> 16]!;
    if (slot >= 0) rests[slot]![keys[i]! & (halves - 1)]!++;
  }
}

/** The counter that contains the value of a rank, and the value's rank within it. */
function placeOf(counts: Uint32Array, rank: number): { readonly at: number; readonly left: number } {
  let [left, at] = [rank, 0];
  while (at < counts.length - 1 && left >= counts[at]!) left -= counts[at++]!;
  return { at, left };
}

function floatOf(key: number): number {
  const word = Int32Array.of(key < 2 ** 31 ? ~key : key ^ signBit);
  return new Float32Array(word.buffer)[0]!;
}

/** The value that would be at `rank` if the values were sorted. Reorders the values; none may be NaN. */
export function select(values: Float32Array | Float64Array, rank: number, length = values.length): number {
  let [low, high] = [0, length - 1];
  // In an unlucky order, the time would grow with the square of the number of values; after this many rounds the rest
  // is sorted instead.
  for (let rounds = 64; low < high; rounds--) {
    if (rounds === 0) {
      values.subarray(low, high + 1).sort();
      break;
    }
    const [a, b, c] = [values[low]!, values[(low + high) >>> 1]!, values[high]!];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
}
