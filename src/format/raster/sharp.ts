/** Reads JPEG, TIFF and WebP with sharp, which is loaded on first use. */
import { FormatError } from "../../errors.ts";
import { noteDecoder } from "../../files/decoders-in-use.ts";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { refuseOnWorkerThread } from "../../main-thread-only.ts";
import { badHeader } from "../format-faults.ts";
import { checkTiff } from "./check-tiff.ts";
import { checkSize, maxPixels, type RasterFacts, type RasterImage } from "./raster-image.ts";

type Sharp = typeof import("sharp")["default"];

let loading: Promise<Sharp> | undefined;

/**
 * For the decoders, damaged pixels are only a warning, and they are filled with something. Such images must not be used
 * for training. A color profile would change the samples.
 */
const options = { limitInputPixels: maxPixels, failOn: "warning", ignoreIcc: true } as const;

/** Channels of the color spaces that are read, without transparency. */
const channelsOf = new Map<string | undefined, number>([
  ["b-w", 1],
  ["grey16", 1],
  ["srgb", 3],
  ["rgb16", 3],
  ["cmyk", 4],
]);

/** The header, and what its color space is. */
interface SharpFacts extends RasterFacts {
  readonly isCmyk: boolean;
}

/** @throws FormatError `VOXRX_MISSING_LIBRARY` where sharp is not installed */
async function loadSharp(file: string): Promise<Sharp> {
  refuseOnWorkerThread("sharp");
  try {
    return await (loading ??= import("sharp").then(({ default: sharp }) => noted(sharp)));
  } catch (cause) {
    loading = undefined;
    throw new FormatError("VOXRX_MISSING_LIBRARY", "JPEG, TIFF and WebP images need the library sharp", {
      file,
      cause,
      remedy: "Install it: npm install sharp",
    });
  }
}

function noted(sharp: Sharp): Sharp {
  noteDecoder("sharp", `${sharp.versions.sharp ?? "unknown"} (libvips ${sharp.versions.vips})`);
  return sharp;
}

/** The header of a raster image; no pixel is decoded. */
export async function sharpFacts(bytes: Uint8Array, path: string): Promise<RasterFacts> {
  const { isCmyk, ...facts } = await describe(bytes, path);
  checkSize(facts, path);
  return facts;
}

async function describe(bytes: Uint8Array, path: string): Promise<SharpFacts> {
  const sharp = await loadSharp(path);
  if (isTiff(bytes)) checkTiff(bytes, path);
  const metadata = await sharp(bytes, { ...options, pages: allPages(bytes) }).metadata();
  const { format = "raster", depth, space, hasAlpha, width = 0, height = 0, channels: stored = 0 } = metadata;
  if (depth !== "uchar" && depth !== "ushort") {
    throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `pixels of type ${depth} are not supported`, {
      file: path,
      remedy: "Save the image with 8 or 16 bits without a sign, or its values as .npy.",
    });
  }
  const colors = channelsOf.get(space);
  const channels = (colors === 4 ? 3 : (colors ?? 0)) + (hasAlpha ? 1 : 0);
  if (colors === undefined || stored !== colors + (hasAlpha ? 1 : 0)) {
    throw badHeader(
      `images of the color space ${space} with ${stored} channels are not supported`,
      path,
      "Save each channel as a separate .npy or .tif file.",
    );
  }
  return {
    ...{ format, width, height: (format === "tiff" ? metadata.pageHeight : undefined) ?? height, channels },
    pages: format === "tiff" ? (metadata.pages ?? 1) : 1,
    dtype: depth === "ushort" ? "uint16" : "uint8",
    isCmyk: colors === 4,
  };
}

/** All pages of a TIFF; only the first frame of an animated WebP is read. */
function allPages(bytes: Uint8Array): number {
  return isTiff(bytes) ? -1 : 1;
}

function isTiff(bytes: Uint8Array): boolean {
  return /^(II[*+]\0|MM\0[*+])/.test(Buffer.from(bytes.subarray(0, 4)).toString("latin1"));
}

/**
 * Decodes the pixels, with 8 or 16 bits as stored. CMYK becomes RGB as on a device without color management: each
 * color is what its ink and black let through.
 */
export async function sharpPixels(bytes: Uint8Array, path: string): Promise<RasterImage> {
  const { isCmyk, ...facts } = await describe(bytes, path);
  checkSize(facts, path);
  const { channels, dtype } = facts;
  const isWide = dtype === "uint16";
  // By default, sharp converts everything to 8-bit colors; with a gray color space, it drops transparency.
  const space = isCmyk ? "cmyk" : channels === 1 ? (isWide ? "grey16" : "b-w") : isWide ? "rgb16" : "srgb";
  const sharp = await loadSharp(path);
  const image = sharp(bytes, { ...options, pages: allPages(bytes) });
  const { data, info } = await (isCmyk ? image.pipelineColourspace("cmyk") : image)
    .toColourspace(space)
    .raw({ depth: isWide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const own = new Uint8Array(data);
  const pixels = isWide ? new Uint16Array(own.buffer) : own;
  const count = facts.width * facts.height * facts.pages;
  if (pixels.length !== count * info.channels) {
    throw badHeader(`expected ${count} pixels of ${info.channels} channels, got ${pixels.length} numbers`, path);
  }
  if (isCmyk && info.channels === channels + 1) return { ...facts, data: colorsOfInks(pixels, count, info.channels) };
  if (info.channels === channels) return { ...facts, data: pixels };
  if (channels !== 2 || info.channels !== 4) {
    throw badHeader(`the image should have ${channels} channels, got ${info.channels}`, path);
  }
  return { ...facts, data: grayAndAlpha(pixels, count) };
}

/** Converts cyan, magenta, yellow and black to red, green and blue; an alpha channel is kept. */
function colorsOfInks(inks: Uint8Array | Uint16Array, count: number, channels: number): Uint8Array | Uint16Array {
  const most = inks instanceof Uint16Array ? 65535 : 255;
  const colors = inks.slice(0, count * (channels - 1));
  for (let n = 0; n < count; n++) {
    const [from, to] = [n * channels, n * (channels - 1)];
    const light = most - (inks[from + 3] ?? 0);
    for (let c = 0; c < 3; c++) colors[to + c] = Math.round(((most - (inks[from + c] ?? 0)) * light) / most);
    if (channels === 5) colors[to + 3] = inks[from + 4] ?? 0;
  }
  return colors;
}

/** Converts RGBA whose red, green and blue are equal to gray and alpha. */
function grayAndAlpha(colors: Uint8Array | Uint16Array, count: number): Uint8Array | Uint16Array {
  const both = colors instanceof Uint16Array ? new Uint16Array(2 * count) : new Uint8Array(2 * count);
  copyStrided(colors, [2, count], [3, 4], 0, both, [1, 2]);
  return both;
}
