/** Draws what an operator does to images: the item before, and one or several after. */
import type { Volume } from "voxrx";
import { Canvas, type Color } from "../../src/show/canvas.ts";
import { drawText, lineHeight, textWidth, wrapText } from "../../src/show/draw-text.ts";
import { distinctColors } from "../../src/show/label-colors.ts";
import { captionsOf, type Side } from "./captions.ts";
import { commonRanges, drawHistogram, histogramHeight } from "./gray-histogram.ts";
import { boxWithin, isLabel, type Layers, layersOf, placeToLook, sliceThrough } from "./item-layers.ts";
import { type Picture, smallPng } from "./picture.ts";
import type { Presentation } from "./presentations.ts";
import { axesAcross, type Box, drawBox, drawSlice, extentOf, type SliceView } from "./slice-tile.ts";

const background: Color = [24, 24, 24];
const [bright, dim]: readonly [Color, Color] = [
  [240, 240, 240],
  [170, 170, 170],
];
const [gap, margin] = [10, 8];
const mostChannels = 4;

interface LayeredSide {
  readonly side: Side;
  readonly layers: Layers;
}

interface Drawn {
  readonly canvas: Canvas;
  readonly lines: readonly string[];
  readonly color: Color;
  readonly values: Volume | undefined;
  readonly range: readonly [number, number];
}

/** The picture of an item before and of items after an operator. */
export async function imagePicture(
  before: Side,
  afters: readonly Side[],
  changed: readonly string[],
  presentation: Presentation,
): Promise<Picture> {
  const sides = withCommonLayers([before, ...afters].map((side) => ({ side, layers: layersOf(side.item, changed) })));
  const tiles = tilesOf(sides, presentation);
  const hasHistogram = presentation.hasHistogram && tiles.every(({ values }) => values && !isLabel(values));
  const canvas = arranged(tiles, hasHistogram);
  const thumbs = tiles.filter((_, n) => n === 0 || n === 1 || n === tiles.length - 1);
  const pair = [thumbs[0], thumbs[1]].filter((one) => one !== undefined);
  return {
    extension: "png",
    bytes: await smallPng(canvas, 36_000),
    thumbnail: await smallPng(thumbnailOf(pair), 4500),
    alt: `Slices ${afters.length > 1 ? `before, and ${afters.length} after` : "before and after"}`,
    before: dataOf(tiles[0]),
    after: dataOf(tiles.at(-1)),
  };
}

/** Labels are on black everywhere, if one of them has no image of its grid. */
function withCommonLayers(sides: readonly LayeredSide[]): readonly LayeredSide[] {
  const isMissing = sides.some(({ layers }) => layers.isContext && layers.label && !layers.image);
  if (!isMissing) return sides;
  return sides.map(({ side, layers }) => ({
    side,
    layers: layers.isContext && layers.label ? { ...layers, image: undefined } : layers,
  }));
}

/** What is seen of a tile, without its name. */
function dataOf(tile: Drawn | undefined): Uint8Array {
  return Buffer.concat([tile?.canvas.rgb ?? new Uint8Array(), Buffer.from(tile?.lines.slice(1).join("\n") ?? "")]);
}

/** Draws all sides at one scale: as many pixels for a mm. */
function tilesOf(sides: readonly LayeredSide[], presentation: Presentation): Drawn[] {
  const { axis } = presentation;
  const grids = sides.map(({ layers }) => layers.image ?? layers.label);
  const [first] = grids;
  const [firstSide] = sides;
  if (!first || !firstSide) throw new Error("there is no image before");
  const place = placeToLook(firstSide.side.item);
  const ranges = commonRanges(
    sides.map(({ layers }) => layers.image),
    presentation,
  );
  const isChangedGrid = grids.some((one) => String(one?.spatialShape) !== String(first.spatialShape));
  const longest = Math.max(...extentOf(first, axis));
  const target = sides.length > 2 ? 144 : 204;
  const captions = captionsOf(
    sides.map(({ side, layers }) => ({ side, volume: layers.image ?? layers.label, label: layers.label })),
  );
  const boxes = boxesBetween(grids, axis);
  const isCrop = (boxes[0]?.length ?? 0) > 0;
  return sides.flatMap(({ layers }, n) => {
    const grid = grids[n];
    if (!grid) return [];
    const size = Math.min(1.45 * target, Math.max(92, (Math.max(...extentOf(grid, axis)) / longest) * target));
    const isPart = n > 0 && isCrop;
    const middle = Math.floor((grid.spatialShape[axis] ?? 1) / 2);
    const index = isPart ? middle : sliceThrough(grid, isCrop && grids[1] ? middleOf(grids[1]) : place, axis);
    const channels = layers.image && layers.image.channels <= mostChannels ? layers.image.channels : 1;
    return Array.from({ length: channels }, (_, channel): Drawn => {
      const view: SliceView = { ...layers, channel, axis, index, range: ranges[n] ?? [0, 1], isSmooth: !isChangedGrid };
      const pixels = drawSlice(view, size);
      const canvas = new Canvas(pixels.width, pixels.height, background);
      canvas.put(pixels, 0, 0);
      for (const box of boxes[n] ?? []) drawBox(canvas, box);
      const [title = "", ...others] = captions[n] ?? [];
      const name = channels > 1 ? `${title}, channel ${channel}` : title;
      const color = isPart && grids.length > 2 ? colorOf(n - 1) : bright;
      return { canvas, lines: [name, ...others], color, values: layers.image, range: ranges[n] ?? [0, 1] };
    });
  });
}

/** Where a volume has its middle in the world. */
function middleOf(volume: Volume): readonly [number, number, number] {
  return placeToLook(volume.withSamples({ data: new Float32Array(volume.size), shape: volume.shape }));
}

/** In the image before: where those after lie, if they are parts of it; in an image after: where that before lies. */
function boxesBetween(grids: readonly (Volume | undefined)[], axis: 0 | 1 | 2): Box[][] {
  const [first, ...others] = grids;
  const [right, up] = axesAcross(axis);
  const boxOf = (inner: Volume | undefined, outer: Volume | undefined, color: Color): Box[] => {
    if (!inner || !outer || String(inner.spatialShape) === String(outer.spatialShape)) return [];
    const box = boxWithin(inner, outer);
    if (!box || ![right, up].every((one) => isWithin(box.from[one] ?? 0, box.to[one] ?? 0))) return [];
    const corner = (of: number[]) => [of[right] ?? 0, of[up] ?? 0] as const;
    return [{ from: corner(box.from), to: corner(box.to), color }];
  };
  const before = others.flatMap((other, n) => boxOf(other, first, colorOf(n)));
  const after = others.map((other) => (before.length > 0 ? [] : boxOf(first, other, colorOf(0))));
  return [before, ...after];
}

/** Whether a part of an axis is no longer than the axis, and has its middle on it. */
function isWithin(from: number, to: number): boolean {
  return to - from < 1.02 && from + to > 0 && from + to < 2;
}

function colorOf(n: number): Color {
  return distinctColors[n % distinctColors.length] ?? bright;
}

function arranged(tiles: readonly Drawn[], hasHistogram: boolean): Canvas {
  const perRow = tiles.length <= 5 ? tiles.length : Math.ceil(tiles.length / 2);
  const rows = Array.from({ length: Math.ceil(tiles.length / perRow) }, (_, n) =>
    tiles.slice(n * perRow, (n + 1) * perRow),
  );
  const texts = new Map(tiles.map((tile) => [tile, tile.lines.flatMap((line) => wrapText(line, widthOf(tile), 2))]));
  const heights = rows.map((row) => ({
    image: Math.max(...row.map(({ canvas }) => canvas.height)),
    text: Math.max(...row.map((tile) => texts.get(tile)?.length ?? 0)) * lineHeight,
  }));
  const below = hasHistogram ? histogramHeight + 4 : 0;
  const width = Math.max(...rows.map((row) => row.reduce((sum, tile) => sum + widthOf(tile) + gap, -gap)));
  const height = heights.reduce((sum, one) => sum + one.image + below + one.text + gap, -gap);
  const whole = new Canvas(width + 2 * margin, height + 2 * margin, background);
  let y = margin;
  for (const [n, row] of rows.entries()) {
    const { image = 0, text = 0 } = heights[n] ?? {};
    let x = margin;
    for (const tile of row) {
      const room = widthOf(tile);
      whole.put(tile.canvas, x + Math.floor((room - tile.canvas.width) / 2), y + image - tile.canvas.height);
      if (hasHistogram && tile.values) whole.put(drawHistogram(tile.values, tile.range, room), x, y + image + 4);
      for (const [line, content] of (texts.get(tile) ?? []).entries()) {
        const left = x + Math.max(0, Math.floor((room - textWidth(content)) / 2));
        drawText(whole, content, left, y + image + below + line * lineHeight, { color: line === 0 ? tile.color : dim });
      }
      x += room + gap;
    }
    y += image + below + text + gap;
  }
  return whole;
}

/** Captions need some room. */
function widthOf({ canvas, lines }: Drawn): number {
  const longest = Math.max(...lines.map(textWidth));
  return Math.max(canvas.width, Math.min(longest, 168));
}

/** Two tiles, made small. */
function thumbnailOf(tiles: readonly Drawn[]): Canvas {
  const height = 84;
  const small = tiles.map(({ canvas }) => shrunk(canvas, height));
  const whole = new Canvas(
    small.reduce((sum, { width }) => sum + width + 3, -3),
    height,
    background,
  );
  let x = 0;
  for (const one of small) {
    whole.put(one, x, Math.floor((height - one.height) / 2));
    x += one.width + 3;
  }
  return whole;
}

/** Means of the pixels. */
function shrunk(canvas: Canvas, most: number): Canvas {
  const factor = Math.min(1, most / Math.max(canvas.height, canvas.width * 0.8));
  const result = new Canvas(
    Math.max(1, Math.floor(canvas.width * factor)),
    Math.max(1, Math.floor(canvas.height * factor)),
    background,
  );
  for (let y = 0; y < result.height; y++) {
    for (let x = 0; x < result.width; x++) {
      for (let c = 0; c < 3; c++)
        result.rgb[3 * (y * result.width + x) + c] = meanAt(canvas, x / factor, y / factor, 1 / factor, c);
    }
  }
  return result;
}

function meanAt({ width, height, rgb }: Canvas, left: number, top: number, size: number, channel: number): number {
  let [sum, count] = [0, 0];
  for (let y = Math.floor(top); y < Math.min(height, Math.ceil(top + size)); y++) {
    for (let x = Math.floor(left); x < Math.min(width, Math.ceil(left + size)); x++, count++)
      sum += rgb[3 * (y * width + x) + channel] ?? 0;
  }
  return Math.round(sum / Math.max(1, count));
}
