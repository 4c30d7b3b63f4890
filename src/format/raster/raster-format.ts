/** Pictures as images: PNG by fast-png, JPEG, TIFF and WebP by sharp. */
import { FormatError, isVoxRxError } from "../../errors.ts";
import { bytesOf, type Dtype } from "../../samples.ts";
import { identityAffine } from "../../volume/affine-matrix.ts";
import { Volume } from "../../volume/volume.ts";
import type { Format, ImageHeader } from "../format.ts";
import { withReader } from "../image-context.ts";
import { makeDecoder } from "../samples/sample-decoder.ts";
import { realDatatype } from "../samples/stored-image.ts";
import { writePictures } from "./encode-png.ts";
import { pngFacts, pngPixels } from "./png.ts";
import type { Picture, PictureFacts } from "./raster-image.ts";
import { sharpFacts, sharpPixels } from "./sharp.ts";

/**
 * Pictures as images `[channels, x, y]` with x the column, as MONAI's `PILReader` has them: 1 channel for grey, 3 for colours, one more for
 * transparency; palettes become colours. 8 bits become uint8, 16 bits uint16. Several pages of a TIFF become z. Pictures say nothing of the world: the
 * affine is the identity (a pixel is 1 mm), so y runs down the picture. A camera's note on how to turn it (EXIF) is not followed.
 */
export const pictureFormat: Format = {
  name: "picture",
  version: 1,
  extensions: [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"],
  sniff: (firstBytes) => kindOf(firstBytes) !== undefined,
  read: (path, context) =>
    withReader(path, context, false, async (reader) =>
      imageOf(await pixelsOf(await reader.take(reader.limit), path, context.signal), path, context.dtype),
    ),
  header: (path, context) =>
    withReader(path, context, false, async (reader) =>
      headerOf(await factsOf(await reader.take(reader.limit), path, context.signal)),
    ),
  decode: async (bytes, { name, dtype, signal }) => imageOf(await pixelsOf(bytes, name, signal), name, dtype),
  writableExtensions: [".png"],
  write: writePictures,
};

const kinds: readonly (readonly [kind: string, at: number, bytes: readonly number[]])[] = [
  ["png", 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["jpeg", 0, [0xff, 0xd8, 0xff]],
  ["tiff", 0, [0x49, 0x49, 0x2a, 0x00]],
  ["tiff", 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ["webp", 8, [0x57, 0x45, 0x42, 0x50]],
];

function kindOf(bytes: Uint8Array): string | undefined {
  return kinds.find(([, at, wanted]) => wanted.every((byte, n) => bytes[at + n] === byte))?.[0];
}

function pixelsOf(bytes: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<Picture> {
  return sayingWhat(path, signal, () =>
    kindOf(bytes) === "png" ? pngPixels(bytes, path, signal) : sharpPixels(bytes, path),
  );
}

function factsOf(bytes: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<PictureFacts> {
  return sayingWhat(path, signal, async () =>
    kindOf(bytes) === "png" ? pngFacts(bytes, path) : sharpFacts(bytes, path),
  );
}

/** What a decoder says of a file that it cannot make sense of, as an error of ours. */
async function sayingWhat<T>(path: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isVoxRxError(cause) || signal?.aborted) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("VOXRX_BAD_HEADER", `the picture cannot be decoded: ${said}`, {
      file: path,
      cause,
      remedy: "The file is damaged or cut off: fetch it again.",
    });
  }
}

function imageOf(picture: Picture, path: string, dtype: Dtype | "auto"): Volume {
  const { format, width, height, pages, channels, data } = picture;
  const datatype = realDatatype(picture.dtype);
  const decoder = makeDecoder({ datatype, littleEndian: true, count: data.length, scaling: undefined, dtype, path });
  decoder.add(bytesOf(data));
  return new Volume({
    data: decoder.finish(),
    shape: shapeOf(picture),
    strides: [1, channels, channels * width, ...(pages > 1 ? [channels * width * height] : [])],
    meta: { source: path, format, header: headerFacts(picture) },
  });
}

function shapeOf({ channels, width, height, pages }: PictureFacts): number[] {
  return [channels, width, height, ...(pages > 1 ? [pages] : [])];
}

function headerFacts({ width, height, pages, channels, dtype }: PictureFacts): Record<string, number> {
  return { width, height, pages, channels, depth: dtype === "uint16" ? 16 : 8 };
}

function headerOf(facts: PictureFacts): ImageHeader {
  const shape = shapeOf(facts);
  const rank = shape.length - 1;
  return {
    shape,
    dtype: facts.dtype,
    affine: identityAffine(),
    spacing: new Array<number>(rank).fill(1),
    axcodes: "RAS".slice(0, rank),
    format: facts.format,
    header: headerFacts(facts),
  };
}
