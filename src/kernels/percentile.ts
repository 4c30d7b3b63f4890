/**
 * Percentiles without sorting: by counting the values of short integers and the bits of floats, and for other types by
 * Hoare's selection (1961).
 */
import type { ReadonlySamples } from "../samples.ts";
import { eachBlock } from "./blocks.ts";
import { channelOrder, eachBlockOf, type Strided } from "./strided.ts";

/**
 * Percentiles of one channel, or of all, interpolated linearly between ranks as NumPy does by default; NaN is ignored.
 * All NaN if there are no values.
 *
 * @param percents from 0 to 100
 */
export function percentilesOf(image: Strided, percents: readonly number[], channel?: number): number[] {
  const ranked = rankedBy(image.storage)(image, channel);
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

function rankedBy(samples: ReadonlySamples): (image: Strided, channel?: number) => Ranked {
  if (samples instanceof Float32Array) return rankedFloats;
  const isLong = samples instanceof Float64Array || samples instanceof Int32Array || samples instanceof Uint32Array;
  return isLong ? rankedNumbers : rankedShortIntegers;
}

const halves = 2 ** 16;
const signBit = 0x80000000;
const infinity = 0x7f800000;

/** Ranks integers of up to 16 bits: each from -32,768 to 65,535 has a counter. */
function rankedShortIntegers(image: Strided, channel?: number): Ranked {
  const counts = new Uint32Array(2 ** 15 + 2 ** 16);
  let count = 0;
  eachBlockOf(image, channel, (values) => {
    for (let i = 0; i < values.length; i++) counts[values[i]! + 2 ** 15]!++;
    count += values.length;
  });
  return { count, valuesAt: (ranks) => ranks.map((rank) => placeOf(counts, rank).at - 2 ** 15) };
}

/**
 * Ranks floats by their bits, half of the bits at a time. Once the bits of negative floats are inverted, bits are in
 * the order of the values.
 */
function rankedFloats(image: Strided, channel?: number): Ranked {
  const counts = new Uint32Array(halves);
  eachRunOfWords(image, channel, (words) => countHalves(words, counts));
  return {
    count: counts.reduce((sum, n) => sum + n, 0),
    valuesAt: (ranks) => {
      const places = ranks.map((rank) => placeOf(counts, rank));
      const slots = new Int16Array(halves).fill(-1);
      const prefixes = [...new Set(places.map(({ at }) => at))];
      for (const [slot, prefix] of prefixes.entries()) slots[prefix] = slot;
      const rests = new Uint32Array(prefixes.length * halves);
      eachRunOfWords(image, channel, (words) => countRests(words, slots, rests));
      return places.map(({ at, left }) => {
        const slot = slots[at]!;
        return floatOf(at * halves + placeOf(rests.subarray(slot * halves, (slot + 1) * halves), left).at);
      });
    },
  };
}

/** For shorter lines, a view of each does not pay off. */
const shortLine = 64;

/** Visits the bits of floats in memory order: those of long lines where they are, others in blocks. */
function eachRunOfWords(image: Strided, channel: number | undefined, visit: (words: Int32Array) => void): void {
  const { storage } = image;
  let floats = new Float32Array(0);
  for (let n = channel ?? 0; n < (channel === undefined ? image.shape[0]! : channel + 1); n++) {
    const { walk } = channelOrder(image, n);
    const { start, counts, steps } = walk;
    if (storage instanceof Float32Array && steps[2] === 1 && counts[2] >= shortLine) {
      for (let k = 0; k < counts[0]; k++) {
        for (let j = 0; j < counts[1]; j++) {
          const line = start + k * steps[0] + j * steps[1];
          visit(new Int32Array(storage.buffer, storage.byteOffset + 4 * line, counts[2]));
        }
      }
    } else {
      eachBlock(storage, walk, (values) => {
        if (floats.length < values.length) floats = new Float32Array(values.length);
        floats.set(values);
        visit(new Int32Array(floats.buffer, 0, values.length));
      });
    }
  }
}

/** Counts values by the upper half of their sort keys: unsigned integers in the order of the values. */
function countHalves(words: Int32Array, counts: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if ((word & ~signBit) <= infinity) counts[(word ^ ((word >> 31) | signBit)) >>> 16]!++;
  }
}

/** Counts values by the lower half of their sort keys, where the upper half has a slot. */
function countRests(words: Int32Array, slots: Int16Array, rests: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const key = word ^ ((word >> 31) | signBit);
    const slot = slots[key >>> 16]!;
    if (slot >= 0 && (word & ~signBit) <= infinity) rests[slot * halves + (key & (halves - 1))]!++;
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
