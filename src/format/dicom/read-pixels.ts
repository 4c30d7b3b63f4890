/** Reads the stored pixels of a DICOM file, frame after frame, before any scaling. */

import type { ByteSource } from "../../files/byte-source.ts";
import { ImageFile } from "../../files/image-file.ts";
import { cutTiles, keepBits, unpackBits } from "../../kernels/unpack-pixels.ts";
import { allocate, bytesOf, type Dtype, dtypes, type TypedArray } from "../../samples.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import { makeDecoder } from "../samples/sample-decoder.ts";
import { closing } from "../with-reader.ts";
import { decodeWithLibrary } from "./decode-compressed.ts";
import { syntaxes } from "./dicom-file.ts";
import type { DicomImage } from "./dicom-image.ts";
import { packedFrames, unpackFrame } from "./fragments.ts";

const pieceBytes = 2 ** 20;
/** Bytes of pixels that the library decodes at once: it blocks its thread meanwhile. */
const batchBytes = 16 * 2 ** 20;
/** Compressed pixels can decode to this many bytes, or {@link largestRatio} times their size if that is more. */
const trustedBytes = 64 * 2 ** 20;
const largestRatio = 1032;

/** Number of samples of one frame of the volume. */
export function frameLength({ columns, rows, samples }: DicomImage): number {
  return columns * rows * samples;
}

/**
 * The pixels, with color samples in the stored order (see `isPlanar`; those of compressed pixels are interleaved).
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE`, `VOXRX_BAD_COMPRESSION`, `VOXRX_UNSUPPORTED_ENCODING`,
 * `VOXRX_MISSING_LIBRARY`
 */
export async function readPixels(image: DicomImage, signal: AbortSignal | undefined): Promise<TypedArray> {
  const { file, bits, mosaic } = image;
  const count = storedCount(image);
  checkSize(image);
  const pixels = isPacked(image) ? await readCompressed(image, count, signal) : await readPlain(image, count, signal);
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

/** Whether frames are compressed, in fragments. */
export function isPacked({ file }: DicomImage): boolean {
  return file.pixels?.length === undefined;
}

/**
 * Checks the announced size against the size of the file, before memory is allocated.
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
    throw badHeader(
      `the header announces ${wanted} bytes of pixels, too many for ${size - from} compressed bytes`,
      path,
    );
  }
  // In these color spaces, pixels are subsampled: two share their colors.
  if (samples > 1 && photometric.startsWith("YBR_") && !/^YBR_(FULL|RCT|ICT)$/.test(photometric)) {
    throw unsupportedEncoding(`pixels of ${photometric} are not supported`, path, "Convert the file to RGB.");
  }
  const there = Math.max(0, Math.min(pixels?.length ?? 0, size - from));
  if (there < wanted)
    throw truncated(`the header announces ${wanted} bytes of pixels, but there are only ${there}`, path);
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
    const found = await decodeWithLibrary(some, image, signal);
    if (found.length !== each * some.length) {
      throw badHeader(`expected ${each * some.length} pixels, got ${found.length}`, file.path);
    }
    pixels.set(found, n * each);
  }
  return pixels;
}
