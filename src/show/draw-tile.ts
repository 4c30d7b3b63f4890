/** Draws one slice: gray or colors, labels over it, letters at its edges. */
import type { Volume } from "../volume/volume.ts";
import { Canvas, type Color } from "./canvas.ts";
import { drawText, lineHeight, textWidth } from "./draw-text.ts";
import type { GrayRange } from "./gray-levels.ts";
import { labelColor } from "./label-colors.ts";
import { type LabelField, mapToLabel } from "./label-values.ts";
import type { EdgeLetters, PlaneView } from "./plane-view.ts";
import { type Interpolation, leveled, resized, type SliceValues, sliceSize, sliceValues } from "./slice-values.ts";

/** Where an image is not a number. */
const nanColor: Color = [96, 0, 96];

/** An image, and how its values are shown. */
export interface ShownImage {
  readonly volume: Volume;
  /** The channel that is shown in gray; undefined for colors. */
  readonly channel: number | undefined;
  readonly range: GrayRange;
}

/** A label field over an image. */
export interface ShownLabel {
  readonly key: string;
  readonly field: LabelField;
  /** Number of the field within its item, which chooses the colors. */
  readonly place: number;
}

/** One slice to draw. */
export interface TileSubject {
  /** What the view is of: the image, or a label if there is none. */
  readonly grid: Volume;
  readonly image: ShownImage | undefined;
  readonly labels: readonly ShownLabel[];
  readonly view: PlaneView;
  readonly index: number;
  readonly interpolation: Interpolation;
  readonly opacity: number;
}

/** Receives each value of a label that is visible. */
export type OnLabel = (label: ShownLabel, value: number) => void;

/** Draws a slice of a size in pixels, without letters. */
export function drawSlice(subject: TileSubject, width: number, height: number, onLabel: OnLabel): Canvas {
  const canvas = new Canvas(width, height, [0, 0, 0]);
  const { image } = subject;
  if (image?.channel !== undefined) drawGray(canvas, leveledAt(subject, image, image.channel, width, height));
  else if (image) drawColors(canvas, subject, image);
  for (const label of subject.labels) drawLabel(canvas, subject, label, onLabel);
  return canvas;
}

function leveledAt(
  { view, index, interpolation }: TileSubject,
  { volume, range }: Pick<ShownImage, "volume" | "range">,
  channel: number,
  width: number,
  height: number,
): SliceValues {
  return resized(leveled(sliceValues(volume, view, index, channel), range), width, height, interpolation);
}

function drawGray({ rgb }: Canvas, { values }: SliceValues): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (Number.isNaN(value)) rgb.set(nanColor, 3 * i);
    else rgb.fill(Math.round(255 * value), 3 * i, 3 * i + 3);
  }
}

/** Red, green and blue; what is transparent shows a board of gray squares. */
function drawColors({ rgb, width, height }: Canvas, subject: TileSubject, image: ShownImage): void {
  const { volume } = image;
  const channels = Array.from({ length: volume.channels }, (_, channel) =>
    leveledAt(subject, image, channel, width, height),
  );
  for (let i = 0; i < width * height; i++) {
    const opacity = channels[3]?.values[i] ?? 1;
    const isLight = (((i % width) >> 3) + (Math.floor(i / width) >> 3)) % 2 === 0;
    const board = isLight ? 0.6 : 0.4;
    for (let c = 0; c < 3; c++) {
      const value = channels[c]?.values[i] ?? 0;
      rgb[3 * i + c] = Number.isNaN(value)
        ? (nanColor[c] ?? 0)
        : Math.round(255 * (value * opacity + board * (1 - opacity)));
    }
  }
}

/** Moves places that are exactly between two voxels to the same one, however the image is stored. */
const nudge = 1e-4;

function drawLabel(canvas: Canvas, subject: TileSubject, label: ShownLabel, onLabel: OnLabel): void {
  const { grid, view, index, image, opacity } = subject;
  const map = mapToLabel(grid, label.field.volume);
  const [columns, rows] = sliceSize(grid, view);
  const share = image ? opacity : 1;
  const seen = new Set<number>();
  const place = [0, 0, 0];
  if (view.across) place[view.across.axis] = index;
  for (let y = 0; y < canvas.height; y++) {
    setAlong(place, view.down, ((y + 0.5) * rows) / canvas.height - 0.5 + nudge, rows);
    for (let x = 0; x < canvas.width; x++) {
      setAlong(place, view.right, ((x + 0.5) * columns) / canvas.width - 0.5 + nudge, columns);
      const value = valueAt(label.field, map, place);
      if (value === 0) continue;
      seen.add(value);
      canvas.blend(x, y, labelColor(value, label.place), share);
    }
  }
  for (const value of seen) onLabel(label, value);
}

function setAlong(place: number[], { axis, isReversed }: PlaneView["right"], at: number, length: number): void {
  place[axis] = isReversed ? length - 1 - at : at;
}

function valueAt(field: LabelField, map: ArrayLike<number>, [x = 0, y = 0, z = 0]: readonly number[]): number {
  const along = (row: number) =>
    Math.round((map[row] ?? 0) * x + (map[row + 1] ?? 0) * y + (map[row + 2] ?? 0) * z + (map[row + 3] ?? 0));
  return field.at(along(0), along(4), field.volume.shape.length > 3 ? along(8) : 0);
}

/** Smallest edge of a cell with letters: the letters have room in it. */
export const smallestCell = 3 * lineHeight;

/** Draws the letters of the directions at the edges of a cell. */
export function drawLetters(canvas: Canvas, letters: EdgeLetters): void {
  const { width, height } = canvas;
  const style = { color: [255, 255, 255], hasShadow: true } as const;
  const [middle, center] = [Math.round((height - lineHeight) / 2), Math.round((width - textWidth("R")) / 2)];
  drawText(canvas, letters.left, 3, middle, style);
  drawText(canvas, letters.right, width - textWidth("R") - 3, middle, style);
  drawText(canvas, letters.top, center, 1, style);
  drawText(canvas, letters.bottom, center, height - lineHeight - 1, style);
}
