/** Histograms with bins of equal width between the minimum and the maximum. */
import { readLine } from "./blocks.ts";
import { eachFloatBlockOf, fitFloats } from "./float-blocks.ts";
import { eachBlockOf, eachRow, type Strided } from "./strided.ts";
import { valueLoops, valuesAt, workAt } from "./value-loops.ts";

/** Counts of values. */
export interface Histogram {
  readonly counts: Float64Array;
  /** Center of each bin. */
  readonly centers: Float64Array;
}

/**
 * The histogram of one channel, or of all, without NaN and infinities; undefined if there are no values. The maximum is
 * in the last bin (NumPy's `histogram`).
 *
 * @param mask only values where it is not 0 are counted; it has the image's spatial shape, and as many channels as the
 *   image or one
 */
export function histogramOf(image: Strided, bins: number, channel?: number, mask?: Strided): Histogram | undefined {
  let [min, max] = finiteExtent(image, channel, mask);
  if (min > max) return undefined;
  // As in NumPy, the range of a single value is 0.5 to either side.
  if (min === max) [min, max] = [min - 0.5, max + 0.5];
  const [counts, first, perBin] = [new Float64Array(bins), min, bins / (max - min)];
  if (!mask && fitFloats(image.storage) && bins <= mostBins) countFloats(image, channel, counts, first, perBin);
  else eachCounted(image, channel, mask, (values) => countInto(counts, values, first, perBin));
  const width = (max - min) / bins;
  return { counts, centers: Float64Array.from({ length: bins }, (_, n) => min + (n + 0.5) * width) };
}

/** Two tables of counters of 32 bits fit into the memory for tables. */
const mostBins = 2 ** 13;

function countFloats(
  image: Strided,
  channel: number | undefined,
  counts: Float64Array,
  first: number,
  perBin: number,
): void {
  const bins = counts.length;
  const counters = new Uint32Array(valueLoops().memory, workAt, 2 * bins).fill(0);
  eachFloatBlockOf(image, channel, (loops, length) => {
    loops.countInto(valuesAt, length, first, perBin, bins, workAt);
  });
  for (let bin = 0; bin < bins; bin++) counts[bin] = counters[bin]! + counters[bins + bin]!;
}

/** The minimum and the maximum of the finite values that count. */
function finiteExtent(image: Strided, channel: number | undefined, mask: Strided | undefined): [number, number] {
  let extent: [min: number, max: number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (!mask && fitFloats(image.storage)) {
    const extents = new Float32Array(valueLoops().memory, workAt, 8);
    extents.fill(Number.POSITIVE_INFINITY, 0, 4).fill(Number.NEGATIVE_INFINITY, 4);
    eachFloatBlockOf(image, channel, (loops, length) => loops.widen(valuesAt, length, workAt));
    extent = [Math.min(...extents.subarray(0, 4)), Math.max(...extents.subarray(4))];
    if (Number.isFinite(extent[1] - extent[0])) return extent;
    extent = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  }
  eachCounted(image, channel, mask, (values) => {
    extent = widened(values, ...extent);
  });
  return extent;
}

function countInto(counts: Float64Array, values: Float64Array, first: number, perBin: number): void {
  const last = counts.length - 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) counts[Math.min(Math.floor((value - first) * perBin), last)]!++;
  }
}

/** The range, extended to contain the finite values. */
function widened(values: Float64Array, min: number, max: number): [min: number, max: number] {
  let [low, high] = [min, max];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low && value > Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value < Number.POSITIVE_INFINITY) high = value;
  }
  return [low, high];
}

/** Visits the values one block at a time, with NaN where the mask is 0. */
function eachCounted(
  image: Strided,
  channel: number | undefined,
  mask: Strided | undefined,
  visit: (values: Float64Array) => void,
): void {
  if (!mask) {
    eachBlockOf(image, channel, visit);
    return;
  }
  const maskChannel = mask.shape[0] === 1 ? 0 : mask.strides[0]!;
  const [values, counted] = [new Float64Array(image.shape[1]!), new Float64Array(image.shape[1]!)];
  eachRow(image, (row) => {
    if (channel !== undefined && row.channel !== channel) return;
    readLine(image.storage, row.from, image.strides[1]!, values);
    const from = mask.offset + row.channel * maskChannel + row.y * mask.strides[2]! + row.z * (mask.strides[3] ?? 0);
    readLine(mask.storage, from, mask.strides[1]!, counted);
    for (let i = 0; i < values.length; i++) if (counted[i] === 0) values[i] = Number.NaN;
    visit(values);
  });
}

/**
 * The value that splits a histogram into two parts with the largest variance between them (Otsu 1979): the upper end of
 * the last bin of the lower part, so that the whole bin belongs to it (scikit-image returns the bin's center). Undefined
 * if all values are in one bin.
 */
export function otsuThreshold({ counts, centers }: Histogram): number | undefined {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const moment = counts.reduce((sum, n, bin) => sum + n * centers[bin]!, 0);
  const half = centers.length > 1 ? (centers[1]! - centers[0]!) / 2 : 0;
  let [below, belowMoment, best] = [0, 0, -1];
  let threshold: number | undefined;
  for (let bin = 0; bin < counts.length - 1; bin++) {
    below += counts[bin]!;
    belowMoment += counts[bin]! * centers[bin]!;
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const distance = belowMoment / below - (moment - belowMoment) / above;
    const between = below * above * distance * distance;
    if (between > best) [best, threshold] = [between, centers[bin]! + half];
  }
  return threshold;
}
