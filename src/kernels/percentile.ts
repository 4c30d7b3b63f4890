/** Percentiles without sorting: Hoare's selection (1961). */
import type { ReadonlySamples } from "../volume/samples.ts";
import { eachRow, type Strided } from "./strided.ts";

/**
 * Percentiles of one channel, or of all, interpolated linearly between ranks as NumPy does by default; NaN left out. All NaN where
 * there is no value.
 *
 * @param percents from 0 to 100
 */
export function percentilesOf(image: Strided, percents: readonly number[], channel?: number): number[] {
  const values = numbersOf(image, channel);
  const last = values.length - 1;
  return percents.map((percent) => {
    if (last < 0) return Number.NaN;
    const rank = (percent / 100) * last;
    const below = Math.floor(rank);
    const low = select(values, below);
    const high = below === rank ? low : select(values, below + 1);
    return low === high ? low : low + (high - low) * (rank - below);
  });
}

function numbersOf(image: Strided, channel?: number): Float32Array | Float64Array {
  const { samples, shape, strides } = image;
  const [nx, step] = [shape[1]!, strides[1]!];
  const size = shape.reduce((product, n) => product * n, 1) / (channel === undefined ? 1 : shape[0]!);
  const values = isExactInFloat32(samples) ? new Float32Array(size) : new Float64Array(size);
  let n = 0;
  eachRow(image, (row) => {
    if (channel !== undefined && row.channel !== channel) return;
    for (let i = 0, at = row.from; i < nx; i++, at += step) {
      const value = samples[at]!;
      if (!Number.isNaN(value)) values[n++] = value;
    }
  });
  return values.subarray(0, n);
}

function isExactInFloat32(samples: ReadonlySamples): boolean {
  return !(samples instanceof Float64Array || samples instanceof Int32Array || samples instanceof Uint32Array);
}

/** The value that would stand at `rank` if the values, none of them NaN, were sorted. Reorders them. */
export function select(values: Float32Array | Float64Array, rank: number, length = values.length): number {
  let [low, high] = [0, length - 1];
  // Values in an unlucky order would take a time that grows with the square of their number: after this many rounds they are sorted.
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
