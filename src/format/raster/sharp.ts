/** Reads JPEG, TIFF and WebP with sharp, which is loaded on first use. */
import { FormatError } from "../../errors.ts";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { badHeader } from "../format-faults.ts";
import { checkSize, maxPixels, type RasterFacts, type RasterImage } from "./raster-image.ts";

type Sharp = typeof import("sharp")["default"];

let loading: Promise<Sharp> | undefined;

/**
 * For the decoders, damaged pixels are only a warning, and they are filled with something. Such images must not be used
 * for training.
 */
const options = { limitInputPixels: maxPixels, failOn: "warning" } as const;

/** @throws FormatError `VOXRX_MISSING_LIBRARY` where sharp is not installed */
async function loadSharp(file: string): Promise<Sharp> {
  try {
    return await (loading ??= import("sharp").then((module) => module.default));
  } catch (cause) {
    loading = undefined;
    throw new FormatError("VOXRX_MISSING_LIBRARY", "JPEG, TIFF and WebP images need the library sharp", {
      file,
      cause,
      remedy: "Install it: npm install sharp",
    });
  }
}

/** The header of a raster image; no pixel is decoded. */
export async function sharpFacts(bytes: Uint8Array, path: string): Promise<RasterFacts> {
  const sharp = await loadSharp(path);
  const metadata = await sharp(bytes, options).metadata();
  const { format = "raster", depth, space, hasAlpha, width = 0, height = 0 } = metadata;
  if (depth !== "uchar" && depth !== "ushort") {
    throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `pixels of type ${depth} are not supported`, {
      file: path,
      remedy: "Save the image with 8 or 16 bits, or its values as .npy.",
    });
  }
  const [stored = 0, alpha] = [metadata.channels, hasAlpha ? 1 : 0];
  const isGray = stored - alpha === 1;
  if (!isGray && space !== "cmyk" && stored - alpha !== 3) {
    throw badHeader(
      `images with ${stored} channels are not supported`,
      path,
      "Save each channel as a separate .npy or .tif file.",
    );
  }
  // Only the first frame of an animated WebP is read.
  const pages = format === "tiff" ? (metadata.pages ?? 1) : 1;
  const channels = (isGray ? 1 : 3) + alpha;
  return { format, width, height, pages, channels, dtype: depth === "ushort" ? "uint16" : "uint8" };
}

/** Decodes the pixels, with 8 or 16 bits as stored; CMYK becomes RGB. */
export async function sharpPixels(bytes: Uint8Array, path: string): Promise<RasterImage> {
  const facts = await sharpFacts(bytes, path);
  checkSize(facts, path);
  const { channels, dtype, format } = facts;
  const isWide = dtype === "uint16";
  // By default, sharp converts everything to 8-bit colors; with a gray color space, it drops transparency.
  const space = channels === 1 ? (isWide ? "grey16" : "b-w") : isWide ? "rgb16" : "srgb";
  const sharp = await loadSharp(path);
  const { data, info } = await sharp(bytes, { ...options, pages: format === "tiff" ? -1 : 1 })
    .toColourspace(space)
    .raw({ depth: isWide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const own = new Uint8Array(data);
  const pixels = isWide ? new Uint16Array(own.buffer) : own;
  const count = facts.width * facts.height * facts.pages;
  if (pixels.length !== count * info.channels) {
    throw badHeader(`expected ${count} pixels of ${info.channels} channels, got ${pixels.length} numbers`, path);
  }
  if (info.channels === channels) return { ...facts, data: pixels };
  if (channels !== 2 || info.channels !== 4) {
    throw badHeader(`the image should have ${channels} channels, got ${info.channels}`, path);
  }
  return { ...facts, data: grayAndAlpha(pixels, count) };
}

/** Converts RGBA whose red, green and blue are equal to gray and alpha. */
function grayAndAlpha(colors: Uint8Array | Uint16Array, count: number): Uint8Array | Uint16Array {
  const both = colors instanceof Uint16Array ? new Uint16Array(2 * count) : new Uint8Array(2 * count);
  copyStrided(colors, [2, count], [3, 4], 0, both, [1, 2]);
  return both;
}
