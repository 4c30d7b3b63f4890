/** Puts tiles, their captions and titles side by side. */
import { Canvas, type Color, checkPixels, type Pixels } from "./canvas.ts";
import { drawText, lineHeight, textWidth, wrapText } from "./draw-text.ts";
import { type LegendEntry, legendOf } from "./label-colors.ts";

/** A tile that is drawn once its place is known. */
export interface Tile {
  readonly width: number;
  readonly height: number;
  readonly caption: string | undefined;
  /** Size of the slice in the middle of the tile. */
  readonly slice: { readonly width: number; readonly height: number };
  draw(): Pixels;
}

/** Tiles that belong together, under one title. */
export interface Block {
  readonly title: string | undefined;
  readonly tiles: readonly Tile[];
}

/** How blocks are arranged. */
export interface Arrangement {
  readonly operator: string;
  /** Above everything. */
  readonly headline: string | undefined;
  /** Tiles in each row. Default: a figure that is somewhat wider than high. */
  readonly columns: number | undefined;
  /** Called after all tiles are drawn. */
  legend(): readonly LegendEntry[];
}

export const background: Color = [24, 24, 24];
export const bright: Color = [240, 240, 240];
const dim: Color = [170, 170, 170];
const gap = 3;
const margin = 8;
const blockGap = 12;
/** A title needs some room, however small its tiles are. */
const narrowest = 20 * textWidth("x");
const mostTitleLines = 3;
/** Figures do not become wider than this without need. */
const widest = 1280;
/** Width over height that looks right on a page. */
const pleasant = 1.5;

/** Draws all blocks. @throws OptionError `VOXRX_BAD_OPTION` for too many pixels */
export function arrange(blocks: readonly Block[], arrangement: Arrangement): Canvas {
  const { columns: asked, operator, headline } = arrangement;
  const most = Math.max(...blocks.map(({ tiles }) => tiles.length));
  const perRow = asked === undefined ? tilesPerRow(blocks, most) : Math.min(asked, most);
  const widths = Array.from({ length: perRow }, (_, column) => widestOf(blocks, perRow, column));
  const tileWidth = widths.reduce((sum, width) => sum + width + gap, -gap);
  const hasText = blocks.some(({ title }) => title !== undefined) || headline !== undefined;
  const width = hasText ? Math.max(tileWidth, narrowest) : tileWidth;
  const placed = blocks.map((block) => new PlacedBlock(block, widths, width));
  const aside = asked === undefined ? blocksPerRow(placed, width) : Math.max(1, Math.floor(asked / most));
  const inRow = Math.min(aside, blocks.length);
  const fullWidth = inRow * (width + blockGap) - blockGap;
  const above = headline === undefined ? [] : wrapText(headline, fullWidth, mostTitleLines);
  const rows = Array.from({ length: Math.ceil(placed.length / inRow) }, (_, n) =>
    placed.slice(n * inRow, (n + 1) * inRow),
  );
  const top = margin + (above.length > 0 ? above.length * lineHeight + gap : 0);
  const height = rows.reduce((sum, row) => sum + rowHeight(row) + blockGap, top - blockGap);
  checkPixels(fullWidth + 2 * margin, height + margin, 1, operator);

  const canvas = new Canvas(fullWidth + 2 * margin, height + margin, background);
  for (const [n, line] of above.entries()) drawText(canvas, line, margin, margin + n * lineHeight, { color: bright });
  let y = top;
  for (const row of rows) {
    const titleHeight = Math.max(...row.map((block) => block.titleHeight));
    for (const [n, block] of row.entries()) block.draw(canvas, margin + n * (width + blockGap), y, titleHeight);
    y += rowHeight(row) + blockGap;
  }
  return withLegend(canvas, arrangement.legend());
}

function rowHeight(row: readonly PlacedBlock[]): number {
  return Math.max(...row.map(({ titleHeight }) => titleHeight)) + Math.max(...row.map(({ height }) => height));
}

/** Width of a column: that of its widest tile, or of the longest word below one. */
function widestOf(blocks: readonly Block[], perRow: number, column: number): number {
  const tiles = blocks.flatMap((block) => block.tiles.filter((_, n) => n % perRow === column));
  const words = tiles.flatMap(({ caption = "" }) => caption.split(" "));
  return Math.max(1, ...tiles.map(({ width }) => width), ...words.map(textWidth));
}

/** A block whose tiles have their columns. */
class PlacedBlock {
  readonly #title: readonly string[];
  readonly #rows: readonly (readonly Tile[])[];
  readonly #widths: readonly number[];

  constructor({ title, tiles }: Block, widths: readonly number[], width: number) {
    this.#title = title === undefined ? [] : wrapText(title, width, mostTitleLines);
    this.#widths = widths;
    const perRow = widths.length;
    this.#rows = Array.from({ length: Math.ceil(tiles.length / perRow) }, (_, n) =>
      tiles.slice(n * perRow, (n + 1) * perRow),
    );
  }

  get titleHeight(): number {
    return this.#title.length > 0 ? this.#title.length * lineHeight + 2 : 0;
  }

  /** Height of the tiles with their captions. */
  get height(): number {
    return this.#rows.reduce((sum, row) => sum + heightOf(row) + this.#captionHeight(row) + gap, -gap);
  }

  #captionHeight(row: readonly Tile[]): number {
    const lines = row.map((tile, n) => captionOf(tile, this.#widths[n] ?? tile.width).length);
    const most = Math.max(...lines);
    return most > 0 ? most * lineHeight + 1 : 0;
  }

  draw(canvas: Canvas, left: number, top: number, titleHeight: number): void {
    for (const [n, line] of this.#title.entries()) {
      drawText(canvas, line, left, top + n * lineHeight, { color: bright });
    }
    let y = top + titleHeight;
    for (const row of this.#rows) {
      let x = left;
      for (const [n, tile] of row.entries()) {
        const room = this.#widths[n] ?? tile.width;
        const inset = Math.floor((room - tile.width) / 2);
        canvas.put(tile.draw(), x + inset, y + Math.floor((heightOf(row) - tile.height) / 2));
        for (const [line, text] of captionOf(tile, room).entries()) {
          const middle = x + Math.max(0, Math.floor((room - textWidth(text)) / 2));
          drawText(canvas, text, middle, y + heightOf(row) + line * lineHeight, { color: dim });
        }
        x += room + gap;
      }
      y += heightOf(row) + this.#captionHeight(row) + gap;
    }
  }
}

function heightOf(row: readonly Tile[]): number {
  return Math.max(...row.map(({ height }) => height));
}

function captionOf({ caption }: Tile, width: number): string[] {
  return caption === undefined ? [] : wrapText(caption, width, 2);
}

/** Up to six tiles are in one row, more in rows that make a pleasant shape. */
function tilesPerRow(blocks: readonly Block[], most: number): number {
  if (most <= 6) return most;
  const tiles = blocks.flatMap((block) => block.tiles);
  const width = Math.max(...tiles.map((tile) => tile.width)) + gap;
  const height = Math.max(...tiles.map((tile) => tile.height)) + gap;
  return bestCount(most, (count) => [count * width, Math.ceil(most / count) * height]);
}

function blocksPerRow(placed: readonly PlacedBlock[], width: number): number {
  const height = Math.max(...placed.map((block) => block.height + block.titleHeight)) + blockGap;
  return bestCount(placed.length, (count) => [count * (width + blockGap), Math.ceil(placed.length / count) * height]);
}

function bestCount(most: number, sizeFor: (count: number) => readonly [width: number, height: number]): number {
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (let count = 1; count <= most; count++) {
    const [width, height] = sizeFor(count);
    if (count > 1 && width > widest) break;
    const distance = Math.abs(Math.log(width / height / pleasant));
    if (distance < least) [best, least] = [count, distance];
  }
  return best;
}

function withLegend(canvas: Canvas, entries: readonly LegendEntry[]): Canvas {
  if (entries.length === 0) return canvas;
  const legend = legendOf(entries, canvas.width - 2 * margin, background);
  const whole = new Canvas(canvas.width, canvas.height + legend.height + margin, background);
  whole.put(canvas, 0, 0);
  whole.put(legend, margin, canvas.height);
  return whole;
}
