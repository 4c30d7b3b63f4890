/** Colors of labels, and the legend that explains them. */
import { Canvas, type Color } from "./canvas.ts";
import { drawText, lineHeight, textWidth, wrapText } from "./draw-text.ts";

/** Colors that people with any color vision can tell apart (Okabe and Ito 2008, without black). */
export const distinctColors: readonly Color[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [213, 94, 0],
  [204, 121, 167],
  [0, 114, 178],
];

/** The color of a label's value: the same in every figure. A second label field begins with another color. */
export function labelColor(value: number, field: number): Color {
  const count = distinctColors.length;
  const place = (((value - 1 + 3 * field) % count) + count) % count;
  return distinctColors[place] ?? [255, 255, 255];
}

/** One line of a legend. */
export interface LegendEntry {
  readonly text: string;
  readonly color: Color;
}

/** More entries are only counted. */
const mostEntries = 24;
const swatch = 10;
const between = 14;

/** Draws a legend in lines of at most `width` pixels. */
export function legendOf(entries: readonly LegendEntry[], width: number, background: Color): Canvas {
  const kept = entries.slice(0, mostEntries);
  const more = entries.length - kept.length;
  const all: readonly Partial<LegendEntry>[] = more > 0 ? [...kept, { text: `and ${more} more` }] : kept;
  let [left, top, height] = [0, 0, 0];
  const placed = all.map(({ text = "", color }) => {
    const inset = color ? swatch + 5 : 0;
    const lines = wrapText(text, width - inset, 3);
    const taken = inset + Math.max(...lines.map(textWidth));
    if (left > 0 && left + taken > width) [left, top, height] = [0, top + height + 2, 0];
    const at = { lines, color, left, top, inset };
    left += taken + between;
    height = Math.max(height, lines.length * lineHeight);
    return at;
  });
  const canvas = new Canvas(width, top + height, background);
  for (const { lines, color, left: x, top: y, inset } of placed) {
    if (color) canvas.fill(x, y + 3, swatch, swatch, color);
    for (const [n, line] of lines.entries()) {
      drawText(canvas, line, x + inset, y + n * lineHeight, { color: [225, 225, 225] });
    }
  }
  return canvas;
}
