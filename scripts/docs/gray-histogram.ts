/** Gray levels of images before and after, and how often they occur. */
import type { Volume } from "voxrx";
import { Canvas, type Color } from "../../src/show/canvas.ts";
import { drawText, lineHeight, textWidth } from "../../src/show/draw-text.ts";
import { grayRange } from "../../src/show/gray-levels.ts";
import { isLabel } from "./item-layers.ts";
import { rangeOf, shortNumber } from "./item-values.ts";
import type { Presentation } from "./presentations.ts";

type Range = readonly [number, number];

const barHeight = 40;
/** CT numbers between which soft tissue can be told apart. */
const softTissue: Range = [-200, 320];
/** Height of a histogram with its numbers. */
export const histogramHeight = barHeight + lineHeight;
const [back, bar, axis]: readonly Color[] = [
  [36, 36, 36],
  [120, 170, 230],
  [170, 170, 170],
];

/**
 * What is black and white in each image: the same in all of them, if their values are about as large; otherwise nothing
 * could be seen of some.
 */
export function commonRanges(
  images: readonly (Volume | undefined)[],
  { hasFullRange, hasHistogram }: Pick<Presentation, "hasFullRange" | "hasHistogram">,
): Range[] {
  const rangeIn = (image: Volume) => (hasFullRange ? rangeOf(image) : widened(image));
  const own = images.map((image): Range | undefined => (image && !isLabel(image) ? rangeIn(image) : undefined));
  const known = own.filter((range) => range !== undefined);
  if (known.length === 0) return images.map(() => [0, 1]);
  const all: Range = [Math.min(...known.map(([low]) => low)), Math.max(...known.map(([, high]) => high))];
  if (!hasHistogram && all[0] < -900 && all[1] > 250)
    return own.map((range) => (range && range[1] > 20 ? softTissue : (range ?? [0, 1])));
  const narrowest = Math.min(...known.map(([low, high]) => high - low));
  const isAlike = all[1] - all[0] <= 2.2 * narrowest;
  return own.map((range) => (isAlike ? all : (range ?? [0, 1])));
}

function widened(image: Volume): Range {
  const [low, high] = grayRange(image);
  return low < high ? [low, high] : [low, low + 1];
}

/** Bars of how often values occur, from black to white; the background, which is most of an image, is cut off. */
export function drawHistogram(image: Volume, [low, high]: Range, width: number): Canvas {
  const canvas = new Canvas(width, histogramHeight, [24, 24, 24]);
  canvas.fill(0, 0, width, barHeight, back ?? [0, 0, 0]);
  const room = (high - low) * 0.08;
  const [from, to] = [low - room, high + room];
  const counts = new Float64Array(width);
  for (const value of image.samples) {
    const at = Math.floor(((value - from) / (to - from)) * width);
    if (at >= 0 && at < width) counts[at] = (counts[at] ?? 0) + 1;
  }
  const sorted = Float64Array.from(counts).sort();
  const most = Math.max(1, sorted[Math.floor(width * 0.96)] ?? 1);
  for (const [x, count] of counts.entries()) {
    const height = Math.min(barHeight, Math.round((count / most) * barHeight * 0.9));
    canvas.fill(x, barHeight - height, 1, height, bar ?? [255, 255, 255]);
  }
  const right = shortNumber(high);
  drawText(canvas, shortNumber(low), 0, barHeight, { color: axis ?? [255, 255, 255] });
  drawText(canvas, right, width - textWidth(right), barHeight, { color: axis ?? [255, 255, 255] });
  return canvas;
}
