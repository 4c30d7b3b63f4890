/** Raster images: PNG; JPEG, TIFF and WebP with sharp. */
import { FormatError, isVoxRxError, messageOf } from "../../errors.ts";
import type { ByteReader } from "../../files/byte-reader.ts";
import { bytesOf, type Dtype } from "../../samples.ts";
import { identityAffine } from "../../volume/affine-matrix.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { badHeader } from "../format-faults.ts";
import {
  headerOf,
  realDatatype,
  SampleSink,
  type StoredAxis,
  type StoredImage,
  toVolume,
} from "../samples/stored-image.ts";
import { type ImageContext, withReader } from "../with-reader.ts";
import { writePngs } from "./encode-png.ts";
import { pngFacts, pngPixels } from "./png.ts";
import type { RasterFacts, RasterImage } from "./raster-image.ts";
import { sharpFacts, sharpPixels } from "./sharp.ts";

/**
 * Raster images as `[channels, x, y]` where x is the column, as in MONAI's `PILReader`: 1 channel for gray, 3 for
 * colors, one more for transparency; palettes become colors. 8 bits become uint8, 16 bits uint16, as stored: color
 * profiles and gamma are not applied. The pages of a TIFF become z. Raster images have no affine: it is the identity (a pixel is 1 mm), so y points down the image. EXIF
 * orientation is ignored.
 */
export const rasterFormat: Format = {
  name: "raster",
  version: 3,
  extensions: [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"],
  sniff: (firstBytes) => kindOf(firstBytes) !== undefined,
  read: readImage,
  header: (path, context) =>
    withReader(path, context, async (reader) =>
      headerOf(storedImage(await factsOf(await encoded(reader), path, context.signal))),
    ),
  decode: async (bytes, { name, dtype, signal }) => imageOf(await pixelsOf(bytes, name, signal), name, dtype),
  writableExtensions: [".png"],
  write: writePngs,
};

async function readImage(path: string, { dtype, signal, opened }: ImageContext): Promise<Volume> {
  return withReader(path, { signal, opened }, async (reader) =>
    imageOf(await pixelsOf(await encoded(reader), path, signal), path, dtype),
  );
}

/** Maximum size of an image that is gzip as a whole, so that a small malicious file can't use up all memory. */
const maxInflatedBytes = 2 ** 30;

async function encoded(reader: ByteReader): Promise<Uint8Array<ArrayBuffer>> {
  const most = reader.isInflated ? Math.min(reader.limit, maxInflatedBytes + 1) : reader.limit;
  const bytes = await reader.take(most);
  if (reader.isInflated && bytes.length > maxInflatedBytes) {
    throw badHeader(`the image inflates to more than ${maxInflatedBytes} bytes`, reader.path, "Store it without gzip.");
  }
  return bytes;
}

const kinds: readonly (readonly [kind: string, at: number, bytes: readonly number[]])[] = [
  ["png", 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["jpeg", 0, [0xff, 0xd8, 0xff]],
  ["tiff", 0, [0x49, 0x49, 0x2a, 0x00]],
  ["tiff", 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ["tiff", 0, [0x49, 0x49, 0x2b, 0x00]],
  ["tiff", 0, [0x4d, 0x4d, 0x00, 0x2b]],
  ["webp", 8, [0x57, 0x45, 0x42, 0x50]],
];

function kindOf(bytes: Uint8Array): string | undefined {
  return kinds.find(([, at, wanted]) => wanted.every((byte, n) => bytes[at + n] === byte))?.[0];
}

function pixelsOf(bytes: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<RasterImage> {
  return withFormatErrors(path, signal, () =>
    decoderOf(bytes, path) === "png" ? pngPixels(bytes, path, signal) : sharpPixels(bytes, path),
  );
}

function factsOf(bytes: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<RasterFacts> {
  return withFormatErrors(path, signal, async () =>
    decoderOf(bytes, path) === "png" ? pngFacts(bytes, path) : sharpFacts(bytes, path),
  );
}

// sharp would also decode other formats under these names, such as SVG, for which nothing here holds.
function decoderOf(bytes: Uint8Array, path: string): "png" | "sharp" {
  const kind = kindOf(bytes);
  if (kind !== undefined) return kind === "png" ? "png" : "sharp";
  throw new FormatError("VOXRX_UNKNOWN_FORMAT", "the file is not a PNG, JPEG, TIFF or WebP image", {
    file: path,
    remedy: "Check the file: it may be another format under this name, or an interrupted copy.",
  });
}

/** Converts the errors of a decoder to errors of VoxRx. */
async function withFormatErrors<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isVoxRxError(cause) || signal?.aborted) throw cause;
    const reason = messageOf(cause);
    if (/page \d+ differs from page/.test(reason)) {
      const remedy = "Save each page as a file of its own.";
      throw badHeader("the pages of the image differ in size or type, and can't become one volume", path, remedy);
    }
    throw new FormatError("VOXRX_BAD_HEADER", `the image cannot be decoded: ${reason}`, {
      file: path,
      cause,
      remedy: "The file is damaged or truncated: copy or download it again.",
    });
  }
}

function imageOf(raster: RasterImage, path: string, dtype: Dtype | "auto"): Volume {
  const image = storedImage(raster);
  const bytes = bytesOf(raster.data);
  const sink = new SampleSink(image, { dtype }, bytes.length, path);
  sink.add(bytes);
  return toVolume(sink.finish(), image, path);
}

function storedImage({ format, width, height, pages, channels, dtype }: RasterFacts): StoredImage {
  const sizes = [width, height, ...(pages > 1 ? [pages] : [])];
  const spatial = sizes.map((size): StoredAxis => ({ size, isSpatial: true }));
  return {
    format,
    datatype: realDatatype(dtype),
    littleEndian: true,
    axes: [{ size: channels, isSpatial: false }, ...spatial],
    affine: identityAffine(),
    facts: { width, height, pages, channels, depth: dtype === "uint16" ? 16 : 8 },
  };
}
