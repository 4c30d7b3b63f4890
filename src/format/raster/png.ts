/** PNG by fast-png, which believes what it is given: sizes are checked before. */
import { convertIndexedToRgb, decode as decodePng } from "fast-png";
import { badHeader, truncated } from "../samples/stored-image.ts";
import { unpack } from "../samples/unpack.ts";
import { checkSize, type Picture, type PictureFacts } from "./raster-image.ts";

const signatureBytes = 8;
/** Channels of each colour type (PNG specification, 11.2.1); 3 is a palette. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** What the chunks before and around the pixels say. */
interface PngLayout {
  readonly facts: PictureFacts;
  /** Bits of a pixel as stored. */
  readonly bits: number;
  /** The compressed pixels. */
  readonly packed: Uint8Array;
}

/** What a PNG says of itself; no pixel is decoded. @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE` */
export function pngFacts(bytes: Uint8Array, path: string): PictureFacts {
  return layoutOf(bytes, path).facts;
}

/** A PNG's pixels: 1, 2 and 4 bits of grey become 0 to 255, a palette its colours. */
export async function pngPixels(bytes: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<Picture> {
  const { facts, bits, packed } = layoutOf(bytes, path);
  checkSize(facts, path);
  await checkUnpackedSize(packed, facts, bits, path, signal);
  const png = decodePng(bytes, { checkCrc: true });
  if (png.palette) return { ...facts, data: Uint8Array.from(convertIndexedToRgb(png)) };
  const data = png.depth < 8 ? unpackGrey(png.data, png.width, png.height, png.depth) : png.data;
  return { ...facts, data: data instanceof Uint8Array || data instanceof Uint16Array ? data : Uint8Array.from(data) };
}

function layoutOf(bytes: Uint8Array, path: string): PngLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw truncated("the picture ends within its header", path);
  const [depth, colour] = [view.getUint8(24), view.getUint8(25)];
  let channels = channelsOf[colour];
  if (channels === undefined) throw badHeader(`the picture's colour type is ${colour}`, path);
  const bits = depth * (colour === 3 ? 1 : channels);
  const packed: Uint8Array[] = [];
  for (let at = signatureBytes; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    if (type === "IDAT") packed.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === "tRNS" && colour === 3) channels = 4;
    at += 12 + length;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const facts = { format: "png", width, height, pages: 1, channels, dtype: depth === 16 ? "uint16" : "uint8" } as const;
  return { facts, bits, packed: Buffer.concat(packed) };
}

/** fast-png inflates all that there is: what inflates to more than the pixels need is refused, as unpacking it could take all memory. */
async function checkUnpackedSize(
  packed: Uint8Array,
  { width, height }: PictureFacts,
  bits: number,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // A row has a byte for its filter; an interlaced picture has up to twice the rows, each with less than a byte to spare.
  const most = (Math.ceil((width * bits) / 8) + 1) * height + 4 * (width + height) + 2 ** 16;
  let inflated = 0;
  for await (const chunk of unpack(packed, "zlib", { path, signal })) {
    inflated += chunk.length;
    if (inflated > most) throw badHeader(`more than ${most} bytes of pixels come for ${width} x ${height}`, path);
  }
}

/** Grey of 1, 2 or 4 bits, packed in rows of whole bytes, as values from 0 to 255. */
function unpackGrey(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  return Uint8Array.from({ length: width * height }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    const byte = packed[y * rowBytes + Math.floor((x * depth) / 8)] ?? 0;
    return (((byte >> (8 - depth - ((x * depth) % 8))) & most) * 255) / most;
  });
}
