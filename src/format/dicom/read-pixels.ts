/** The stored pixels of a DICOM file, frame behind frame, before any scaling. */

import { ImageFile } from "../../files/image-file.ts";
import { cutTiles, keepBits, unpackBits } from "../../kernels/unpack-pixels.ts";
import { allocate, bytesOf, type Dtype, dtypes, type TypedArray } from "../../samples.ts";
import { makeDecoder } from "../samples/sample-decoder.ts";
import { badHeader, truncated, unsupportedEncoding } from "../samples/stored-image.ts";
import { unpackByLibrary } from "./decode-compressed.ts";
import { syntaxes } from "./dicom-file.ts";
import type { DicomImage } from "./dicom-image.ts";
import { packedFrames, unpackFrame } from "./fragments.ts";

const pieceBytes = 2 ** 20;
/** So many bytes of pixels are unpacked by the library at once: it blocks the thread meanwhile. */
const batchBytes = 16 * 2 ** 20;
/** Packed pixels may become this much, or {@link largestRatio} times their own size. */
const trustedBytes = 64 * 2 ** 20;
const largestRatio = 1032;

/** Numbers of one frame as the volume has it. */
export function frameLength({ columns, rows, samples }: DicomImage): number {
  return columns * rows * samples;
}

/**
 * The pixels, with the samples of a colour as stored (see `isPlanar`; what is packed comes beside each other).
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE`, `VOXRX_BAD_COMPRESSION`, `VOXRX_UNSUPPORTED_ENCODING`, `VOXRX_MISSING_LIBRARY`
 */
export async function readPixels(image: DicomImage, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { file, bits, mosaic } = image;
  const count = storedCount(image);
  checkSize(image);
  const pixels = isPacked(image) ? await unpacked(image, count, signal) : await plain(image, count, signal);
  const { allocated, stored, high } = bits;
  const isWhole = image.datatype.number.startsWith("float") || allocated === 1 || stored === allocated;
  if (!isWhole && (!isPacked(image) || file.transferSyntax === syntaxes.rle)) {
    keepBits(pixels, high + 1 - stored, stored, image.isSigned);
  }
  if (!mosaic) return pixels;
  const tiles = allocate(dtypeOfImage(image), frameLength(image) * mosaic.tiles);
  cutTiles(pixels, tiles, mosaic.across, image.columns, image.rows);
  return tiles;
}

/** Whether frames lie in fragments. */
export function isPacked({ file }: DicomImage): boolean {
  return file.pixels?.length === undefined;
}

/**
 * Nothing is allocated for pixels that cannot be there.
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE`, `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_ENCODING`
 */
export function checkSize(image: DicomImage): void {
  const { file, bits, samples, photometric } = image;
  const { path, pixels, size } = file;
  const wanted = Math.ceil((storedCount(image) * bits.allocated) / 8);
  const from = pixels?.from ?? size;
  if (isPacked(image)) {
    if (wanted <= Math.max(trustedBytes, (size - from) * largestRatio)) return;
    throw badHeader(`${wanted} bytes of pixels are announced, packed into ${size - from}`, path);
  }
  // Two pixels of such a picture share their colours.
  if (samples > 1 && photometric.startsWith("YBR_") && !/^YBR_(FULL|RCT|ICT)$/.test(photometric)) {
    throw unsupportedEncoding(`pixels of ${photometric} cannot be read`, path, "Convert the file to RGB.");
  }
  const there = Math.max(0, Math.min(pixels?.length ?? 0, size - from));
  if (there < wanted) throw truncated(`${wanted} bytes of pixels are announced, and ${there} are there`, path);
}

function storedCount(image: DicomImage): number {
  const tiles = (image.mosaic?.across ?? 1) ** 2;
  return frameLength(image) * tiles * image.storedFrames;
}

function dtypeOfImage({ datatype }: DicomImage): Dtype {
  return dtypes.find((known) => known === datatype.number) ?? "float64";
}

async function plain(image: DicomImage, count: number, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { file, datatype, bits } = image;
  if (bits.allocated === 1) {
    const packed = new Uint8Array(Math.ceil(count / 8));
    let at = 0;
    await passPixels(image, packed.length, signal, (part) => {
      packed.set(part, at);
      at += part.length;
    });
    const pixels = new Uint8Array(count);
    unpackBits(packed, pixels);
    return pixels;
  }
  const { littleEndian, path } = file;
  const dtype = dtypeOfImage(image);
  const decoder = makeDecoder({ datatype, littleEndian, count, scaling: undefined, dtype, path });
  await passPixels(image, count * datatype.bytes, signal, (part) => decoder.add(part));
  return decoder.finish();
}

/** Hands the first bytes of the pixel data on. They may be changed. */
async function passPixels(
  { file }: DicomImage,
  length: number,
  signal: AbortSignal | undefined,
  use: (part: Uint8Array) => void,
): Promise<void> {
  const from = file.pixels?.from ?? file.size;
  if (file.bytes) {
    use(file.bytes.slice(from, from + length));
    return;
  }
  const opened = await ImageFile.open(file.path, signal);
  try {
    const buffer = new Uint8Array(Math.min(pieceBytes, length));
    for (let at = 0; at < length; ) {
      const part = buffer.subarray(0, Math.min(buffer.length, length - at));
      const filled = await opened.read(part, from + at);
      if (filled < part.length) throw truncated("the file ends within its pixel data", file.path);
      use(part);
      at += filled;
    }
  } finally {
    await opened.close();
  }
}

async function unpacked(image: DicomImage, count: number, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { file, datatype, storedFrames } = image;
  const packed = new Uint8Array(file.size - (file.pixels?.from ?? file.size));
  let filled = 0;
  await passPixels(image, packed.length, signal, (part) => {
    packed.set(part, filled);
    filled += part.length;
  });
  const frames = packedFrames(packed, image);
  const pixels = allocate(dtypeOfImage(image), count);
  const each = count / storedFrames;
  if (file.transferSyntax === syntaxes.rle) {
    const bytes = bytesOf(pixels);
    const frameBytes = each * datatype.bytes;
    for (const [n, frame] of frames.entries()) {
      signal?.throwIfAborted();
      unpackFrame(frame, bytes.subarray(n * frameBytes, (n + 1) * frameBytes), image);
    }
    return pixels;
  }
  const batch = Math.max(1, Math.floor(batchBytes / (each * datatype.bytes)));
  for (let n = 0; n < frames.length; n += batch) {
    signal?.throwIfAborted();
    const some = frames.slice(n, n + batch);
    const found = await unpackByLibrary(some, image, signal);
    if (found.length !== each * some.length) {
      throw badHeader(`${each * some.length} pixels are announced, and ${found.length} were packed`, file.path);
    }
    pixels.set(found, n * each);
  }
  return pixels;
}
