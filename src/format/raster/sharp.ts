/** JPEG, TIFF and WebP by sharp, which is loaded when it is first needed. */
import { FormatError } from "../../errors.ts";
import { copyContiguous } from "../../kernels/copy-strided.ts";
import { badHeader } from "../samples/stored-image.ts";
import { checkSize, maxPixels, type Picture, type PictureFacts } from "./raster-image.ts";

type Sharp = typeof import("sharp")["default"];

let loading: Promise<Sharp> | undefined;

/** Damage in the pixels is only a warning to the decoders, which fill in something: it shall not be trained on. */
const options = { limitInputPixels: maxPixels, failOn: "warning" } as const;

/** @throws FormatError `VOXRX_MISSING_LIBRARY` where sharp is not installed */
async function loadSharp(file: string): Promise<Sharp> {
  try {
    return await (loading ??= import("sharp").then((module) => module.default));
  } catch (cause) {
    loading = undefined;
    throw new FormatError("VOXRX_MISSING_LIBRARY", "JPEG, TIFF and WebP pictures are read by the library sharp", {
      file,
      cause,
      remedy: "Install it: npm install sharp.",
    });
  }
}

/** What a picture says of itself; no pixel is decoded. */
export async function sharpFacts(bytes: Uint8Array, path: string): Promise<PictureFacts> {
  const sharp = await loadSharp(path);
  const said = await sharp(bytes, options).metadata();
  const { format = "picture", depth, space, hasAlpha, width = 0, height = 0 } = said;
  if (depth !== "uchar" && depth !== "ushort") {
    throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `pixels of type ${depth} cannot be read`, {
      file: path,
      remedy: "Save the picture with 8 or 16 bits, or its values as .npy.",
    });
  }
  const [stored = 0, alpha] = [said.channels, hasAlpha ? 1 : 0];
  const isGrey = stored - alpha === 1;
  if (!isGrey && space !== "cmyk" && stored - alpha !== 3) {
    throw badHeader(`the picture has ${stored} channels`, path, "Save its channels as .npy or .tif of their own.");
  }
  // Of a moving WebP only the first picture is read.
  const pages = format === "tiff" ? (said.pages ?? 1) : 1;
  const channels = (isGrey ? 1 : 3) + alpha;
  return { format, width, height, pages, channels, dtype: depth === "ushort" ? "uint16" : "uint8" };
}

/** A picture's pixels, 8 or 16 bits as they are stored; inks become RGB. */
export async function sharpPixels(bytes: Uint8Array, path: string): Promise<Picture> {
  const facts = await sharpFacts(bytes, path);
  checkSize(facts, path);
  const { channels, dtype, format } = facts;
  const isWide = dtype === "uint16";
  // Asked for nothing, sharp makes 8-bit colours of everything; asked for grey, it drops transparency.
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
    throw badHeader(`${pixels.length} numbers came for ${count} pixels of ${info.channels} channels`, path);
  }
  if (info.channels === channels) return { ...facts, data: pixels };
  if (channels !== 2 || info.channels !== 4) {
    throw badHeader(`the picture announces ${channels} channels and has ${info.channels}`, path);
  }
  return { ...facts, data: greyAndAlpha(pixels, count) };
}

/** Of red, green, blue and alpha, where the first three are one grey: that and alpha. */
function greyAndAlpha(colours: Uint8Array | Uint16Array, count: number): Uint8Array | Uint16Array {
  const both = colours instanceof Uint16Array ? new Uint16Array(2 * count) : new Uint8Array(2 * count);
  copyContiguous(colours, [2, count], [3, 4], 0, both, [1, 2]);
  return both;
}
