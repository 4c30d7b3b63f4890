import * as v from "valibot";
import { OptionError } from "../errors.ts";
import { checkOptions, countSchema, integerSchema, keysSchema, nonEmptySchema, numberSchema } from "../options.ts";
import type { ReadonlySamples } from "../samples.ts";
import { background, bright } from "./arrange-tiles.ts";
import { roundTicks, tickText } from "./axis-ticks.ts";
import { Canvas, type Color, checkPixels } from "./canvas.ts";
import { drawText, lineHeight, textWidth, wrapText } from "./draw-text.ts";
import { type Figure, pngFigure } from "./figure.ts";
import { findSubjects } from "./find-subjects.ts";
import { distinctColors, legendOf } from "./label-colors.ts";
import { checkChannel } from "./subject-tiles.ts";

/** Options of {@link histogram}. */
export interface HistogramOptions {
  /** Keys of the images. Default: all fields with a volume that are not labels. */
  readonly keys?: string | readonly string[];
  /** Channel, from 0. Default: all channels together. */
  readonly channel?: number;
  /** Number of bins. Default 100, or one for each integer if there are fewer. */
  readonly bins?: number;
  /** First and last value of the axis; others are left out. Default: the lowest and the highest value. */
  readonly range?: readonly [low: number, high: number];
  /** Show counts by their logarithm, so that rare values are seen beside a large background. Default false. */
  readonly log?: boolean;
  /** Width in pixels. Default 640. */
  readonly width?: number;
  /** Height in pixels, without the legend. Default 360. */
  readonly height?: number;
  /** A line above the figure. Default: none. */
  readonly title?: string;
}

const schema = v.strictObject({
  keys: v.optional(keysSchema),
  channel: v.optional(v.pipe(integerSchema, v.minValue(0))),
  bins: v.optional(v.pipe(countSchema, v.maxValue(4096))),
  range: v.optional(
    v.pipe(
      v.tuple([numberSchema, numberSchema]),
      v.check(([low, high]) => low < high, "the first value must be below the second"),
    ),
  ),
  log: v.optional(v.boolean(), false),
  width: v.optional(v.pipe(countSchema, v.minValue(200)), 640),
  height: v.optional(v.pipe(countSchema, v.minValue(120)), 360),
  title: v.optional(nonEmptySchema),
});

type Checked = v.InferOutput<typeof schema>;

/** Values with a name. */
interface Series {
  readonly name: string;
  readonly values: ReadonlySamples | readonly number[];
}

/** Bins of equal width. */
interface Bins {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const grid: Color = [56, 56, 56];
const dim: Color = [190, 190, 190];

/**
 * Makes a figure of how often which values occur in an image, in the images of an item or a batch, or in a list of
 * numbers. Several images are drawn over one another, each in its color. NaN and infinities are left out.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a value without images or numbers
 * @example
 * ```ts
 * import { histogram, readVolume } from "voxrx";
 * const scans = [await readVolume("a.nii.gz"), await readVolume("b.nii.gz")];
 * await histogram(scans, { log: true, range: [-1000, 1000] }).save("values.png");
 * ```
 */
export function histogram(input: object, options: HistogramOptions = {}): Figure {
  const checked = checkOptions("histogram", schema, options);
  checkPixels(checked.width, checked.height, 1, "histogram");
  const series = seriesOf(input, checked);
  const bins = binsFor(series, checked);
  const counts = series.map(({ values }) => countsOf(values, bins));
  const canvas = new Canvas(checked.width, checked.height, background);
  draw(canvas, counts, bins, checked);
  if (series.length === 1) return pngFigure(canvas);
  const entries = series.map(({ name }, n) => ({ text: name, color: colorOf(n, series.length) }));
  const legend = legendOf(entries, canvas.width - 24, background);
  const whole = new Canvas(canvas.width, canvas.height + legend.height + 8, background);
  whole.put(canvas, 0, 0);
  whole.put(legend, 12, canvas.height);
  return pngFigure(whole);
}

function seriesOf(input: object, { keys, channel }: Checked): Series[] {
  if (isNumbers(input)) return [{ name: "values", values: input }];
  const subjects = findSubjects(input, { keys, labels: undefined }, "histogram");
  return subjects.flatMap(({ name, images, labels }) =>
    (images.length > 0 ? images : labels).map(({ key, volume }, n) => {
      if (channel !== undefined) checkChannel(channel, volume, "histogram");
      const chosen = channel === undefined ? volume : volume.selectChannels(channel, channel + 1);
      const names = [name, images.length > 1 ? key : undefined].filter((part) => part !== undefined);
      // In whatever order it is stored: a histogram does not need another one.
      return { name: names.join(" · ") || (key ?? `image ${n}`), values: chosen.toContiguous().storage };
    }),
  );
}

function isNumbers(input: object): input is readonly number[] | Float64Array {
  if (ArrayBuffer.isView(input)) return !(input instanceof DataView);
  return Array.isArray(input) && input.length > 0 && input.every((value) => typeof value === "number");
}

function binsFor(series: readonly Series[], { bins: asked, range }: Checked): Bins {
  let [low, high, areIntegers] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (const { values } of series) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      areIntegers &&= Number.isInteger(value);
    }
  }
  if (low > high) {
    throw new OptionError("VOXRX_BAD_OPTION", "there are no finite values to count", {
      operator: "histogram",
      remedy: "Pass an image or a list with at least one number.",
    });
  }
  if (range) [low, high] = range;
  const span = high - low;
  if (areIntegers && asked === undefined && span < 100) {
    const [first, last] = [Math.ceil(low), Math.floor(high)];
    return { low: first - 0.5, high: last + 0.5, count: Math.max(1, last - first + 1) };
  }
  if (span === 0) return { low: low - 0.5, high: high + 0.5, count: asked ?? 1 };
  return { low, high, count: asked ?? 100 };
}

function countsOf(values: Series["values"], { low, high, count }: Bins): Float64Array {
  const counts = new Float64Array(count);
  const scale = count / (high - low);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value >= low && value <= high)) continue;
    const bin = Math.min(count - 1, Math.floor((value - low) * scale));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** One image is light gray; several have colors that can be told apart. */
function colorOf(n: number, count: number): Color {
  return count === 1 ? [200, 200, 200] : (distinctColors[n % distinctColors.length] ?? bright);
}

/** The inner rectangle with the bars. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function draw(canvas: Canvas, counts: readonly Float64Array[], bins: Bins, { log, title }: Checked): void {
  const most = counts.reduce((top, own) => own.reduce((best, n) => Math.max(best, n), top), 1);
  const place = log ? (n: number) => Math.log10(1 + n) / Math.log10(1 + most) : (n: number) => n / most;
  const ticks = log ? powersUpTo(most) : roundTicks(0, most, 5);
  const left = 16 + Math.max(...ticks.map((tick) => textWidth(tickText(tick))));
  const above = title === undefined ? [] : wrapText(title, canvas.width - 24, 2);
  const top = 8 + lineHeight * (above.length + 1);
  const frame = { left, top, width: canvas.width - left - 16, height: canvas.height - top - 2 * lineHeight - 10 };
  for (const [n, line] of above.entries()) drawText(canvas, line, 12, 6 + n * lineHeight, { color: bright });
  drawText(canvas, log ? "count (log)" : "count", 12, top - lineHeight - 3, { color: dim });
  for (const tick of ticks) {
    const y = frame.top + Math.round((1 - place(tick)) * frame.height);
    canvas.fill(frame.left, y, frame.width, 1, grid);
    const text = tickText(tick);
    drawText(canvas, text, frame.left - textWidth(text) - 6, y - lineHeight / 2, { color: dim });
  }
  for (const [n, own] of counts.entries())
    drawBars(canvas, frame, own, place, colorOf(n, counts.length), counts.length);
  drawValueAxis(canvas, frame, bins);
}

function powersUpTo(most: number): number[] {
  return [0, ...Array.from({ length: Math.floor(Math.log10(most) + 1e-9) + 1 }, (_, n) => 10 ** n)];
}

function drawBars(
  canvas: Canvas,
  { left, top, width, height }: Frame,
  counts: Float64Array,
  place: (count: number) => number,
  color: Color,
  several: number,
): void {
  let before = 0;
  for (let x = 0; x < width; x++) {
    const bin = Math.min(counts.length - 1, Math.floor((x * counts.length) / width));
    const count = counts[bin] ?? 0;
    const high = count > 0 ? Math.max(1, Math.round(place(count) * height)) : 0;
    for (let y = 0; y < high; y++) canvas.blend(left + x, top + height - 1 - y, color, several > 1 ? 0.3 : 0.65);
    // The outline goes up and down between bins, so that overlapping histograms can be followed.
    for (let y = Math.min(before, high); y <= Math.max(before, high); y++) {
      if (y > 0) canvas.blend(left + x, top + height - y, color, 1);
    }
    before = high;
  }
}

function drawValueAxis(canvas: Canvas, { left, top, width, height }: Frame, { low, high }: Bins): void {
  canvas.fill(left, top + height, width, 1, dim);
  for (const tick of roundTicks(low, high, Math.max(2, Math.floor(width / 80)))) {
    const x = left + Math.round(((tick - low) / (high - low)) * (width - 1));
    canvas.fill(x, top + height, 1, 5, dim);
    const text = tickText(tick);
    const start = Math.max(0, Math.min(canvas.width - textWidth(text), x - textWidth(text) / 2));
    drawText(canvas, text, Math.round(start), top + height + 6, { color: dim });
  }
  const text = "value";
  drawText(canvas, text, Math.round(left + (width - textWidth(text)) / 2), top + height + lineHeight + 6, {
    color: dim,
  });
}
