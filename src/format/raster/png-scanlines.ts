/** The pixels in the inflated scan lines of a PNG: filters, interlacing and samples of less than a byte. */
import { badHeader } from "../format-faults.ts";

/** How samples are stored. */
export interface PixelLayout {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel; 1 for a palette index. */
  readonly channels: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly isInterlaced: boolean;
}

/** A part of the image that is stored as an image of its own, with every n-th column and row. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly xStep: number;
  readonly yStep: number;
}

/** Adam7 (PNG specification, 8.2). */
const adam7: readonly Pass[] = [
  { x: 0, y: 0, xStep: 8, yStep: 8 },
  { x: 4, y: 0, xStep: 8, yStep: 8 },
  { x: 0, y: 4, xStep: 4, yStep: 8 },
  { x: 2, y: 0, xStep: 4, yStep: 4 },
  { x: 0, y: 2, xStep: 2, yStep: 4 },
  { x: 1, y: 0, xStep: 2, yStep: 2 },
  { x: 0, y: 1, xStep: 1, yStep: 2 },
];
const whole: readonly Pass[] = [{ x: 0, y: 0, xStep: 1, yStep: 1 }];

interface Lines extends Pass {
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a line, without the one for its filter. */
  readonly lineBytes: number;
}

function linesOf({ width, height, channels, depth, isInterlaced }: PixelLayout): Lines[] {
  return (isInterlaced ? adam7 : whole)
    .map((pass) => {
      const columns = Math.max(0, Math.ceil((width - pass.x) / pass.xStep));
      const rows = Math.max(0, Math.ceil((height - pass.y) / pass.yStep));
      return { ...pass, columns, rows, lineBytes: Math.ceil((columns * channels * depth) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Size of the scan lines of an image, inflated. */
export function scanlineBytes(layout: PixelLayout): number {
  return linesOf(layout).reduce((sum, { rows, lineBytes }) => sum + rows * (lineBytes + 1), 0);
}

/**
 * The samples of an image as stored, row by row. `lines` are of {@link scanlineBytes} and are modified.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for an unknown filter
 */
export function unfilteredPixels(lines: Uint8Array, layout: PixelLayout, path: string): Uint8Array | Uint16Array {
  const { width, height, channels, depth } = layout;
  if (depth === 8 && !layout.isInterlaced) return unfilteredInPlace(lines, layout, path);
  const size = width * height * channels;
  const samples = depth === 16 ? new Uint16Array(size) : new Uint8Array(size);
  const pixelBytes = Math.max(1, (channels * depth) / 8);
  let at = 0;
  for (const pass of linesOf(layout)) {
    let above: Uint8Array = new Uint8Array(pass.lineBytes);
    for (let row = 0; row < pass.rows; row++) {
      const line = lines.subarray(at + 1, at + 1 + pass.lineBytes);
      unfilter(lines[at] ?? 0, line, above, pixelBytes, path);
      const start = ((pass.y + row * pass.yStep) * width + pass.x) * channels;
      place(line, samples, start, pass, layout);
      above = line;
      at += 1 + pass.lineBytes;
    }
  }
  return samples;
}

/** The same for samples of a byte: each line moves to its place in the image, which is before where it was. */
function unfilteredInPlace(lines: Uint8Array, { width, height, channels }: PixelLayout, path: string): Uint8Array {
  const lineBytes = width * channels;
  let above: Uint8Array = new Uint8Array(lineBytes);
  for (let row = 0; row < height; row++) {
    const at = row * (lineBytes + 1);
    unfilter(lines[at] ?? 0, lines.subarray(at + 1, at + 1 + lineBytes), above, channels, path);
    lines.copyWithin(row * lineBytes, at + 1, at + 1 + lineBytes);
    above = lines.subarray(row * lineBytes, (row + 1) * lineBytes);
  }
  return lines.subarray(0, lineBytes * height);
}

/** Undoes the filter of a line (PNG specification, 9.2): each byte was stored as the difference from a prediction. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number, path: string): void {
  const { length } = line;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let n = pixelBytes; n < length; n++) line[n] = (line[n] ?? 0) + (line[n - pixelBytes] ?? 0);
      return;
    case 2:
      for (let n = 0; n < length; n++) line[n] = (line[n] ?? 0) + (above[n] ?? 0);
      return;
    case 3:
      for (let n = 0; n < length; n++) {
        const left = n < pixelBytes ? 0 : (line[n - pixelBytes] ?? 0);
        line[n] = (line[n] ?? 0) + ((left + (above[n] ?? 0)) >> 1);
      }
      return;
    case 4:
      for (let n = 0; n < length; n++) {
        const isFirst = n < pixelBytes;
        const left = isFirst ? 0 : (line[n - pixelBytes] ?? 0);
        const corner = isFirst ? 0 : (above[n - pixelBytes] ?? 0);
        line[n] = (line[n] ?? 0) + paeth(left, above[n] ?? 0, corner);
      }
      return;
    default:
      throw badHeader(`a line of pixels has the filter ${filter}, which PNG does not define`, path);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Copies the samples of a line to their places in the image. */
function place(
  line: Uint8Array,
  samples: Uint8Array | Uint16Array,
  start: number,
  { columns, xStep }: Lines,
  { channels, depth }: PixelLayout,
): void {
  if (depth === 8 && xStep === 1) {
    samples.set(line, start);
    return;
  }
  const most = 2 ** depth - 1;
  for (let column = 0, n = 0; column < columns; column++) {
    for (let c = 0; c < channels; c++, n++) {
      const target = start + column * xStep * channels + c;
      if (depth === 16) samples[target] = ((line[2 * n] ?? 0) << 8) | (line[2 * n + 1] ?? 0);
      else if (depth === 8) samples[target] = line[n] ?? 0;
      else samples[target] = ((line[(n * depth) >> 3] ?? 0) >> (8 - depth - ((n * depth) & 7))) & most;
    }
  }
}
