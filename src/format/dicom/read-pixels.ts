/** Reads the stored pixels of a DICOM file, frame after frame, before any scaling. */

import { FormatError } from "../../errors.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { ImageFile } from "../../files/image-file.ts";
import { swapBytes } from "../../kernels/convert-samples.ts";
import { cutTiles, keepBits, spreadColors, unpackBits } from "../../kernels/unpack-pixels.ts";
import { allocate, bytesOf, type Dtype, dtypes, type TypedArray, viewAs } from "../../samples.ts";
import { warn } from "../../warnings.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import { makeDecoder } from "../samples/sample-decoder.ts";
import { closing } from "../with-reader.ts";
import { codestreamOf } from "./codestream.ts";
import { checkColors, hasSharedColors, isDecodedYcc, isPacked, isStoredYcc, toRgb } from "./colors.ts";
import { convertRemedy, decodeFrames } from "./decode-compressed.ts";
import type { DicomImage } from "./dicom-image.ts";
import { isRle, packedFrames, unpackFrame } from "./fragments.ts";
import { codecOf, nameOfSyntax } from "./transfer-syntaxes.ts";

const pieceBytes = 2 ** 20;
/** Compressed pixels can decode to this many bytes, or {@link largestRatio} times their size if that is more. */
const trustedBytes = 64 * 2 ** 20;
const largestRatio = 1032;

/** Number of samples of one frame of the volume. */
export function frameLength({ columns, rows, samples }: DicomImage): number {
  return columns * rows * samples;
}

/**
 * The pixels, with color samples in the stored order (see `isPlanar`; those of compressed pixels are interleaved).
 * YCbCr becomes RGB; all others are as stored, whatever the photometric interpretation.
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE`, `VOXRX_BAD_COMPRESSION`, `VOXRX_UNSUPPORTED_ENCODING`,
 * `VOXRX_BAD_HEADER`, `VOXRX_MISSING_LIBRARY`
 */
export async function readPixels(image: DicomImage, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { mosaic } = image;
  const count = storedCount(image);
  checkSize(image);
  const pixels = isPacked(image) ? await readCompressed(image, count, signal) : await readPlain(image, count, signal);
  if (!mosaic) return pixels;
  const tiles = allocate(dtypeOfImage(image), frameLength(image) * mosaic.tiles);
  cutTiles(pixels, tiles, mosaic.across, image.columns, image.rows);
  return tiles;
}

/** Removes the bits beyond the stored ones, in place. @param high the position of the highest stored bit */
function keepStoredBits(pixels: TypedArray, { bits, datatype, isSigned }: DicomImage, high: number): void {
  const { allocated, stored } = bits;
  const isWhole = datatype.number.startsWith("float") || allocated === 1 || stored === allocated;
  if (!isWhole) keepBits(pixels, high + 1 - stored, stored, isSigned);
}

/**
 * Checks the announced encoding, and the size against the size of the file, before memory is allocated.
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE`, `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_ENCODING`
 */
export function checkSize(image: DicomImage): void {
  const { path, pixels, size, transferSyntax } = image.file;
  const codec = codecOf(transferSyntax);
  if (!codec) {
    throw unsupportedEncoding(`its pixels can't be read: ${nameOfSyntax(transferSyntax)}`, path, convertRemedy);
  }
  checkColors(image);
  const wanted = plainBytes(image);
  const from = pixels?.from ?? size;
  if (isPacked(image)) {
    if (wanted <= Math.max(trustedBytes, (size - from) * largestRatio)) return;
    throw badHeader(
      `the header announces ${wanted} bytes of pixels, too many for ${size - from} compressed bytes`,
      path,
    );
  }
  const there = Math.max(0, Math.min(pixels?.length ?? 0, size - from));
  const found = `the header announces ${wanted} bytes of pixels, but there are only ${there}`;
  // Words are in pairs of bytes, so the last byte of an odd number is before the padding.
  if (there >= wanted + (hasSwappedBytes(image) ? wanted % 2 : 0)) return;
  if (codec === "none") throw truncated(found, path);
  const fault = `${found}, and they are not in fragments although ${nameOfSyntax(transferSyntax)}`;
  throw unsupportedEncoding(fault, path, "Correct the transfer syntax, or export the file again.");
}

/** In big-endian files, bytes in an element of words (OW) are swapped in pairs, whatever the size of a pixel. */
function hasSwappedBytes({ file, bits }: DicomImage): boolean {
  const vr = file.pixels?.vr ?? "";
  return !file.littleEndian && bits.allocated <= 8 && (vr === "OW" || vr === "");
}

/** Size of the pixels without compression. */
function plainBytes(image: DicomImage): number {
  const bytes = Math.ceil((storedCount(image) * image.bits.allocated) / 8);
  return hasSharedColors(image) ? (bytes * 2) / 3 : bytes;
}

function storedCount(image: DicomImage): number {
  const tiles = (image.mosaic?.across ?? 1) ** 2;
  return frameLength(image) * tiles * image.storedFrames;
}

function dtypeOfImage({ datatype }: DicomImage): Dtype {
  return dtypes.find((known) => known === datatype.number) ?? "float64";
}

async function readPlain(image: DicomImage, count: number, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { file, datatype, bits } = image;
  const dtype = dtypeOfImage(image);
  const [wanted, there] = [plainBytes(image), file.pixels?.length ?? 0];
  // One byte makes the length even.
  if (there > wanted + 1) {
    const message = `the header announces ${wanted} bytes of pixels, but there are ${there}, and the rest is not read`;
    warn({ code: "VOXRX_SURPLUS_DATA", message: `${file.path}: ${message}` });
  }
  if (bits.allocated <= 8) {
    const bytes = await readBytes(image, wanted, signal);
    if (bits.allocated === 8 && !hasSharedColors(image)) {
      return finished(viewAs(dtype, bytes.buffer, bytes.byteOffset, count), image);
    }
    const pixels = allocate(dtype, count);
    if (bits.allocated === 1) unpackBits(bytes, bytesOf(pixels));
    else spreadColors(bytes, pixels);
    return finished(pixels, image);
  }
  const { littleEndian, path } = file;
  const decoder = makeDecoder({ datatype, littleEndian, count, scaling: undefined, dtype, path });
  await passPixels(image, count * datatype.bytes, signal, (part) => decoder.add(part));
  return finished(decoder.finish(), image);
}

/** The first `length` bytes of the pixel data, in the order of a little-endian file. */
async function readBytes(image: DicomImage, length: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const isSwapped = hasSwappedBytes(image);
  const bytes = new Uint8Array(isSwapped ? length + (length % 2) : length);
  let filled = 0;
  await passPixels(image, bytes.length, signal, (part) => {
    bytes.set(part, filled);
    filled += part.length;
  });
  if (isSwapped) swapBytes(bytes, 2);
  return bytes.subarray(0, length);
}

function finished(pixels: TypedArray, image: DicomImage): TypedArray {
  keepStoredBits(pixels, image, image.bits.high);
  if (isStoredYcc(image)) toRgb(pixels, image, image.isPlanar && !isPacked(image));
  return pixels;
}

/** Passes the first `length` bytes of the pixel data to `use`, which can modify them. */
async function passPixels(
  { file }: DicomImage,
  length: number,
  signal: AbortSignal | undefined,
  use: (part: Uint8Array) => void,
): Promise<void> {
  const from = file.pixels?.from ?? file.size;
  const pass = async (source: ByteSource) => {
    const buffer = new Uint8Array(Math.min(pieceBytes, length));
    for (let at = 0; at < length; ) {
      const part = buffer.subarray(0, Math.min(buffer.length, length - at));
      const filled = await source.read(part, from + at);
      if (filled < part.length) throw truncated("the file ends within its pixel data", file.path);
      use(part);
      at += filled;
    }
  };
  if (file.source) await pass(file.source);
  else await closing(await ImageFile.open(file.path, signal), pass);
}

async function readCompressed(image: DicomImage, count: number, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { file, storedFrames } = image;
  const packed = new Uint8Array(file.size - (file.pixels?.from ?? file.size));
  let filled = 0;
  await passPixels(image, packed.length, signal, (part) => {
    packed.set(part, filled);
    filled += part.length;
  });
  const frames = packedFrames(packed, image);
  const pixels = allocate(dtypeOfImage(image), count);
  const each = count / storedFrames;
  const streams = frames.map(codestreamOf);
  // Announced or not, what a frame plainly is decides.
  if (streams.every((stream) => stream !== undefined)) {
    const colors = streams.map((stream, n) => isDecodedYcc(stream, n, image));
    await decodeFrames(streams, image, signal, (decoded, first) => pixels.set(decoded, first * each));
    for (const [n, isYcc] of colors.entries()) {
      const frame = pixels.subarray(n * each, (n + 1) * each);
      // Some encoders are given fewer bits than there are, and the codestream has those only.
      keepStoredBits(
        frame,
        image,
        Math.max(image.bits.stored, Math.min(streams[n]?.precision ?? 0, image.bits.high + 1)) - 1,
      );
      if (isYcc) toRgb(frame, image, false);
    }
    return pixels;
  }
  const odd = streams.indexOf(undefined);
  const frame = frames[odd] ?? new Uint8Array(0);
  const { bits, datatype, samples } = image;
  if (codecOf(file.transferSyntax) !== "RLE" && !isRle(frame, samples * datatype.bytes)) throw notAFrame(odd, image);
  for (const [n, one] of frames.entries()) {
    signal?.throwIfAborted();
    const output = pixels.subarray(n * each, (n + 1) * each);
    if (bits.allocated === 1) {
      const bytes = new Uint8Array(Math.ceil(each / 8));
      unpackFrame(one, bytes, image);
      unpackBits(bytes, bytesOf(output));
    } else unpackFrame(one, bytesOf(output), image);
  }
  return finished(pixels, image);
}

function notAFrame(n: number, { file, storedFrames }: DicomImage): FormatError {
  const { path, transferSyntax } = file;
  const codec = codecOf(transferSyntax);
  const where = `frame ${n + 1} of ${storedFrames}`;
  const syntax = nameOfSyntax(transferSyntax);
  if (codec === "none") {
    return unsupportedEncoding(
      `the pixel data has fragments, and ${where} is in an unknown format, but ${syntax}`,
      path,
      convertRemedy,
    );
  }
  return new FormatError("VOXRX_BAD_COMPRESSION", `${where} doesn't start with a ${codec} header, but ${syntax}`, {
    file: path,
    remedy: "Copy the file again: it is damaged, or its transfer syntax is wrong.",
  });
}
