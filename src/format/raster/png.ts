/** Reads PNG files: chunks, header and transparency (PNG specification, third edition). */
import { crc32 } from "node:zlib";
import { largestRatio } from "../../files/gunzip.ts";
import { inflate } from "../../files/inflate.ts";
import { allocateUnfilled } from "../../samples.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import { type PixelLayout, scanlineBytes, unfilteredPixels } from "./png-scanlines.ts";
import { checkSize, type RasterFacts, type RasterImage } from "./raster-image.ts";

const signatureBytes = 8;
const headerBytes = 13;

interface ColorType {
  readonly channels: number;
  /** Bits that a sample may have. */
  readonly depths: readonly number[];
}

/** Color types, by number (11.2.1). */
const colorTypes = new Map<number, ColorType>([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);
const indexed = 3;
const criticalChunks = ["IHDR", "PLTE", "IDAT", "IEND"];

/** The header and the chunks that decide the pixels; the others (gamma, profiles, text) don't change samples. */
interface PngLayout {
  readonly facts: RasterFacts;
  readonly stored: PixelLayout;
  readonly colorType: number;
  readonly palette: Uint8Array | undefined;
  /** For a palette the alpha of its first colors, else the samples of the transparent color. */
  readonly transparency: Uint8Array | undefined;
  /** The compressed pixels. */
  readonly packed: Uint8Array;
}

/** The header of a PNG; no pixel is decoded. @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE` */
export function pngFacts(bytes: Uint8Array, path: string): RasterFacts {
  const { facts } = layoutOf(bytes, path);
  checkSize(facts, path);
  return facts;
}

/**
 * Decodes the pixels of a PNG. Gray of 1, 2 and 4 bits becomes 0 to 255, palette indices become colors. Transparency
 * becomes a channel: for a transparent color it is 0 where the pixel has that color.
 */
export async function pngPixels(
  bytes: Uint8Array,
  path: string,
  signal: AbortSignal | undefined,
): Promise<RasterImage> {
  const layout = layoutOf(bytes, path);
  const { facts, stored, colorType } = layout;
  checkSize(facts, path);
  const pixels = unfilteredPixels(await unpacked(layout, path, signal), stored, path);
  if (colorType === indexed) return { ...facts, data: colorsOf(pixels, layout, path) };
  const most = 2 ** stored.depth - 1;
  const spread = stored.depth < 8 ? pixels.map((value) => (value * 255) / most) : pixels;
  return { ...facts, data: layout.transparency ? withKeyedAlpha(pixels, spread, layout, path) : spread };
}

function layoutOf(bytes: Uint8Array, path: string): PngLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < signatureBytes + 12 + headerBytes) throw truncated("the image ends within its header", path);
  const [width, height, depth, colorType] = [
    view.getUint32(16),
    view.getUint32(20),
    view.getUint8(24),
    view.getUint8(25),
  ];
  const type = colorTypes.get(colorType);
  if (!type) throw badHeader(`the color type ${colorType} is invalid`, path);
  if (!type.depths.includes(depth)) throw badHeader(`${depth} bits are invalid for color type ${colorType}`, path);
  const [compression, filter, interlace] = [view.getUint8(26), view.getUint8(27), view.getUint8(28)];
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw badHeader(
      `the methods (compression ${compression}, filter ${filter}, interlace ${interlace}) are invalid`,
      path,
    );
  }
  const { palette, transparency, packed } = chunksOf(bytes, view, colorType, path);
  const channels = (colorType === indexed ? 3 : type.channels) + (transparency ? 1 : 0);
  const dtype = depth === 16 ? "uint16" : "uint8";
  return {
    facts: { format: "png", width, height, pages: 1, channels, dtype },
    stored: { width, height, channels: type.channels, depth, isInterlaced: interlace === 1 },
    colorType,
    palette,
    transparency,
    packed,
  };
}

/** Walks through the chunks up to IEND, and checks their CRCs. */
function chunksOf(bytes: Uint8Array, view: DataView, colorType: number, path: string) {
  const packed: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  for (let at = signatureBytes, type = ""; type !== "IEND"; ) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : 0;
    const end = at + 12 + length;
    if (at + 12 > bytes.length || end > bytes.length) throw truncated("the image ends before its last chunk", path);
    type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw badHeader(`the CRC of the chunk ${JSON.stringify(type)} is wrong`, path, "Copy or download it again.");
    }
    const content = bytes.subarray(at + 8, end - 4);
    if (at === signatureBytes && (type !== "IHDR" || length !== headerBytes)) {
      throw badHeader(`the first chunk must be IHDR, got ${JSON.stringify(type)}`, path);
    }
    // A chunk whose name starts with a capital letter decides the pixels (PNG specification, 5.4).
    if (/^[A-Z]/.test(type) && !criticalChunks.includes(type)) {
      const fault = `the chunk ${JSON.stringify(type)} is needed to decode the pixels, and not known`;
      throw unsupportedEncoding(fault, path, "Save the image again as a standard PNG.");
    }
    const isAgain = (at > signatureBytes && type === "IHDR") || (type === "PLTE" && palette !== undefined);
    if (isAgain) throw badHeader(`the chunk ${JSON.stringify(type)} is there twice`, path);
    if (type === "IDAT") packed.push(content);
    if (type === "PLTE") palette = content;
    // Images with an alpha channel must not have it.
    if (type === "tRNS" && colorType < 4) transparency = content;
    at = end;
  }
  const [first, ...others] = packed;
  if (!first) throw truncated("the image has no pixels", path);
  return { packed: others.length === 0 ? first : Buffer.concat(packed), palette, transparency };
}

/** The inflated scan lines. A malicious image could inflate to so much that it uses up all memory. */
async function unpacked(
  { packed, stored }: PngLayout,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const wanted = scanlineBytes(stored);
  if (wanted > packed.length * largestRatio) {
    throw truncated(`expected ${wanted} bytes of pixels, but ${packed.length} compressed bytes can't hold them`, path);
  }
  const most = wanted + 2 ** 16;
  const expected = { bytes: wanted, room: () => allocateUnfilled(wanted), keeps: true };
  let lines: Uint8Array | undefined;
  let filled = 0;
  for await (const chunk of inflate(packed, { packing: "zlib", path, signal, expected })) {
    if (!lines && chunk.length >= wanted) lines = chunk.subarray(0, wanted);
    lines ??= new Uint8Array(wanted);
    if (filled < wanted && lines.buffer !== chunk.buffer) lines.set(chunk.subarray(0, wanted - filled), filled);
    filled += chunk.length;
    if (filled > most) {
      throw badHeader(`expected ${wanted} bytes of pixels for ${stored.width} x ${stored.height}, got more`, path);
    }
  }
  if (!lines || filled < wanted) {
    throw truncated(`expected ${wanted} bytes of pixels, but there are ${filled}`, path);
  }
  return lines;
}

type Samples = Uint8Array | Uint16Array;

function colorsOf(indices: Samples, { facts, palette, transparency }: PngLayout, path: string): Uint8Array {
  const colors = (palette?.length ?? 0) / 3;
  if (!palette || !Number.isInteger(colors)) throw badHeader("the palette (PLTE) is missing or damaged", path);
  const { channels } = facts;
  const data = new Uint8Array(indices.length * channels);
  for (let n = 0; n < indices.length; n++) {
    const index = indices[n] ?? 0;
    if (index >= colors)
      throw badHeader(`a pixel has the palette index ${index}, but there are ${colors} colors`, path);
    for (let c = 0; c < 3; c++) data[n * channels + c] = palette[index * 3 + c] ?? 0;
    if (transparency) data[n * channels + 3] = transparency[index] ?? 255;
  }
  return data;
}

/** Adds an alpha channel: 0 for pixels of the color that tRNS gives in 16 bits for each stored sample, else the most. */
function withKeyedAlpha(stored: Samples, shown: Samples, layout: PngLayout, path: string): Samples {
  const {
    stored: { channels },
    transparency = new Uint8Array(0),
  } = layout;
  if (transparency.length !== 2 * channels) {
    throw badHeader(`tRNS must have ${2 * channels} bytes for ${channels} channels, got ${transparency.length}`, path);
  }
  const key = Array.from(
    { length: channels },
    (_, c) => (transparency[2 * c] ?? 0) * 256 + (transparency[2 * c + 1] ?? 0),
  );
  const count = stored.length / channels;
  const isWide = shown instanceof Uint16Array;
  const data = isWide ? new Uint16Array(count * (channels + 1)) : new Uint8Array(count * (channels + 1));
  for (let n = 0; n < count; n++) {
    let isKey = true;
    for (let c = 0; c < channels; c++) {
      data[n * (channels + 1) + c] = shown[n * channels + c] ?? 0;
      isKey &&= stored[n * channels + c] === key[c];
    }
    data[n * (channels + 1) + channels] = isKey ? 0 : isWide ? 65535 : 255;
  }
  return data;
}
