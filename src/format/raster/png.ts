/** Reads PNG with fast-png. It trusts its input, so sizes are checked first. */
import { badHeader, truncated } from "../format-faults.ts";
import { unpack } from "../samples/unpack.ts";
import { checkSize, type RasterFacts, type RasterImage } from "./raster-image.ts";

const signatureBytes = 8;
/** Channels of each color type (PNG specification, 11.2.1); 3 is a palette. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** The header fields and the compressed pixels. */
interface PngLayout {
  readonly facts: RasterFacts;
  /** Bits of a pixel as stored. */
  readonly bits: number;
  /** The compressed pixels. */
  readonly packed: Uint8Array;
}

/** The header of a PNG; no pixel is decoded. @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE` */
export function pngFacts(bytes: Uint8Array, path: string): RasterFacts {
  return layoutOf(bytes, path).facts;
}

/** Decodes the pixels of a PNG: gray of 1, 2 and 4 bits becomes 0 to 255, palette indices become colors. */
export async function pngPixels(
  bytes: Uint8Array,
  path: string,
  signal: AbortSignal | undefined,
): Promise<RasterImage> {
  const { facts, bits, packed } = layoutOf(bytes, path);
  checkSize(facts, path);
  await checkUnpackedSize(packed, facts, bits, path, signal);
  const { convertIndexedToRgb, decode } = await import("fast-png");
  const png = decode(bytes, { checkCrc: true });
  if (png.palette) return { ...facts, data: Uint8Array.from(convertIndexedToRgb(png)) };
  const data = png.depth < 8 ? unpackGray(png.data, png.width, png.height, png.depth) : png.data;
  return { ...facts, data: data instanceof Uint8Array || data instanceof Uint16Array ? data : Uint8Array.from(data) };
}

function layoutOf(bytes: Uint8Array, path: string): PngLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw truncated("the image ends within its header", path);
  const [depth, color] = [view.getUint8(24), view.getUint8(25)];
  let channels = channelsOf[color];
  if (channels === undefined) throw badHeader(`the color type ${color} is invalid`, path);
  const bits = depth * (color === 3 ? 1 : channels);
  const packed: Uint8Array[] = [];
  for (let at = signatureBytes; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    if (type === "IDAT") packed.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === "tRNS" && color === 3) channels = 4;
    at += 12 + length;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const facts = { format: "png", width, height, pages: 1, channels, dtype: depth === 16 ? "uint16" : "uint8" } as const;
  return { facts, bits, packed: Buffer.concat(packed) };
}

/**
 * Throws if the data inflates to more than the pixels need: fast-png inflates everything, which could use up all
 * memory.
 */
async function checkUnpackedSize(
  packed: Uint8Array,
  { width, height }: RasterFacts,
  bits: number,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Each row has a byte for its filter; an interlaced image has up to twice as many rows, each with less than a byte of
  // padding.
  const most = (Math.ceil((width * bits) / 8) + 1) * height + 4 * (width + height) + 2 ** 16;
  let inflated = 0;
  for await (const chunk of unpack(packed, "zlib", { path, signal })) {
    inflated += chunk.length;
    if (inflated > most)
      throw badHeader(`expected at most ${most} bytes of pixels for ${width} x ${height}, got more`, path);
  }
}

/** Converts gray of 1, 2 or 4 bits, packed in rows of whole bytes, to values from 0 to 255. */
function unpackGray(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  return Uint8Array.from({ length: width * height }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    const byte = packed[y * rowBytes + Math.floor((x * depth) / 8)] ?? 0;
    return (((byte >> (8 - depth - ((x * depth) % 8))) & most) * 255) / most;
  });
}
