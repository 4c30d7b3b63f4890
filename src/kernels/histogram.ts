/** Histograms with bins of equal width between the least and the greatest value. */
import { eachRow, type Strided } from "./strided.ts";

/** Counts of values. */
export interface Histogram {
  readonly counts: Float64Array;
  /** Middle of each bin. */
  readonly centers: Float64Array;
}

/**
 * The histogram of some channels, NaN and infinities left out; undefined where there is no value. The greatest value is in the last bin (NumPy's
 * `histogram`).
 *
 * @param mask counts only where it is not 0; of the image's spatial shape, with its number of channels or one
 */
export function histogramOf(image: Strided, bins: number, channel?: number, mask?: Strided): Histogram | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  forValues(image, channel, mask, (value) => {
    if (value < min) min = value;
    if (value > max) max = value;
  });
  if (min > max) return undefined;
  // NumPy's range of one value: half to either side.
  if (min === max) [min, max] = [min - 0.5, max + 0.5];
  const counts = new Float64Array(bins);
  const perBin = bins / (max - min);
  forValues(image, channel, mask, (value) => {
    counts[Math.min(Math.floor((value - min) * perBin), bins - 1)]!++;
  });
  const width = (max - min) / bins;
  return { counts, centers: Float64Array.from({ length: bins }, (_, n) => min + (n + 0.5) * width) };
}

function forValues(
  image: Strided,
  channel: number | undefined,
  mask: Strided | undefined,
  visit: (value: number) => void,
): void {
  const { samples } = image;
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  const [maskStep, maskChannel] = mask ? [mask.strides[1]!, mask.shape[0] === 1 ? 0 : mask.strides[0]!] : [0, 0];
  eachRow(image, (row) => {
    if (channel !== undefined && row.channel !== channel) return;
    let at = row.from;
    let m = mask
      ? mask.offset + row.channel * maskChannel + row.y * mask.strides[2]! + row.z * (mask.strides[3] ?? 0)
      : 0;
    for (let i = 0; i < nx; i++, at += step, m += maskStep) {
      const value = samples[at]!;
      if (Number.isFinite(value) && mask?.samples[m] !== 0) visit(value);
    }
  });
}

/**
 * The value that parts a histogram in two so that the parts differ most (Otsu 1979): the upper end of the last bin of the lower part, so that all of
 * that bin is in it (scikit-image gives the bin's middle).
 */
export function otsuThreshold({ counts, centers }: Histogram): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const moment = counts.reduce((sum, n, bin) => sum + n * centers[bin]!, 0);
  const half = centers.length > 1 ? (centers[1]! - centers[0]!) / 2 : 0;
  let [below, belowMoment, best, threshold] = [0, 0, -1, centers[0]! + half];
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

/** A function given by points, ascending in `x`, and by straight lines between them; beyond them by the outermost (NumPy's `interp`). */
export function interpolator(x: ArrayLike<number>, y: ArrayLike<number>): (at: number) => number {
  const last = x.length - 1;
  const perStep = last > 0 ? last / (x[last]! - x[0]!) : 0;
  // Points at equal distances: the place is known without a search.
  return (at) => {
    if (Number.isNaN(at)) return at;
    if (at <= x[0]!) return y[0]!;
    if (at >= x[last]!) return y[last]!;
    let n = Math.min(Math.floor((at - x[0]!) * perStep), last - 1);
    while (n > 0 && at < x[n]!) n--;
    while (n < last - 1 && at >= x[n + 1]!) n++;
    return y[n]! + ((at - x[n]!) / (x[n + 1]! - x[n]!)) * (y[n + 1]! - y[n]!);
  };
}
