/** Pictures as images: PNG by fast-png, JPEG, TIFF and WebP by sharp. */
import { convertIndexedToRgb, decode as decodePng } from "fast-png";
import { FormatError } from "../../errors.ts";
import { identityAffine } from "../../volume/affine.ts";
import { bytesOf, type Dtype } from "../../volume/samples.ts";
import { Volume } from "../../volume/volume.ts";
import type { Format, ImageHeader } from "../format.ts";
import { makeDecoder } from "../nifti/samples.ts";
import { badHeader, realDatatype } from "../stored-image.ts";
import { withReader } from "../text-header.ts";
import { loadSharp } from "./sharp.ts";

/** Pixels of a picture, pages together: a forged size is an error, not a machine out of memory. */
const maxPixels = 2 ** 28;

/** A picture as its decoder gives it: rows first, channels of a pixel together. */
interface Pixels {
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Pictures as images `[channels, x, y]` with x the column, as MONAI's `PILReader` has them: 1 channel for grey, 3 for colours, one more for
 * transparency; palettes become colours. 8 bits become uint8, 16 bits uint16. Several pages of a TIFF become z. Pictures say nothing of the world: the
 * affine is the identity, so y runs down the picture. A camera's note on how to turn it (EXIF) is not followed.
 */
export const pictureFormat: Format = {
  name: "picture",
  extensions: [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"],
  sniff: (firstBytes) => kindOf(firstBytes) !== undefined,
  read: (path, { dtype, signal }) =>
    withReader(path, { dtype, signal, noteFile: async () => {} }, false, async (reader) =>
      imageOf(await decode(await reader.take(reader.limit), path), path, dtype),
    ),
  header: (path, context) =>
    withReader(path, context, false, async (reader) => headerOf(await decode(await reader.take(reader.limit), path))),
  decode: async (bytes, { name, dtype }) => imageOf(await decode(bytes, name), name, dtype),
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

async function decode(bytes: Uint8Array, path: string): Promise<Pixels> {
  const kind = kindOf(bytes);
  try {
    return kind === "png" ? pngPixels(bytes, path) : await sharpPixels(bytes, path);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("VOXRX_BAD_HEADER", `the picture cannot be decoded: ${said}`, {
      file: path,
      cause,
      remedy: "The file is damaged or cut off: fetch it again.",
    });
  }
}

function pngPixels(bytes: Uint8Array, path: string): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw badHeader("the picture ends within its header", path);
  checkSize(view.getUint32(16) * view.getUint32(20), path);
  const png = decodePng(bytes, { checkCrc: true });
  const { width, height } = png;
  if (png.palette) {
    const channels = png.palette[0]?.length ?? 3;
    return { format: "png", width, height, pages: 1, channels, data: Uint8Array.from(convertIndexedToRgb(png)) };
  }
  const data = png.depth < 8 ? unpackBits(png.data, width, height, png.depth) : png.data;
  const own = data instanceof Uint8Array || data instanceof Uint16Array ? data : Uint8Array.from(data);
  return { format: "png", width, height, pages: 1, channels: png.channels, data: own };
}

/** Grey of 1, 2 or 4 bits, packed in rows of whole bytes, as values from 0 to 255. */
function unpackBits(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  return Uint8Array.from({ length: width * height }, (_, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    const byte = packed[y * rowBytes + Math.floor((x * depth) / 8)] ?? 0;
    return (((byte >> (8 - depth - ((x * depth) % 8))) & most) * 255) / most;
  });
}

async function sharpPixels(bytes: Uint8Array, path: string): Promise<Pixels> {
  const sharp = await loadSharp(path);
  const options = { limitInputPixels: maxPixels, failOn: "truncated" } as const;
  const {
    format = "picture",
    depth,
    channels = 3,
    pages = 1,
    width = 0,
    height = 0,
  } = await sharp(bytes, options).metadata();
  checkSize(width * height * pages, path);
  const isWide = depth === "ushort";
  if (!isWide && depth !== "uchar") {
    throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `pixels of type ${depth} cannot be read`, {
      file: path,
      remedy: "Save the picture with 8 or 16 bits, or its values as .npy.",
    });
  }
  // Asked for nothing, sharp makes 8-bit colours of everything.
  const grey = channels <= 2;
  const space = isWide ? (grey ? "grey16" : "rgb16") : grey ? "b-w" : "srgb";
  const decoding = sharp(bytes, { ...options, pages: format === "tiff" ? -1 : 1 }).toColourspace(space);
  const { data, info } = await decoding
    .raw({ depth: isWide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const own = new Uint8Array(data);
  return {
    format,
    width: info.width,
    height: info.pageHeight ?? info.height / Math.max(1, info.pages ?? 1),
    pages: info.pages ?? 1,
    channels: info.channels,
    data: isWide ? new Uint16Array(own.buffer) : own,
  };
}

function checkSize(pixels: number, path: string): void {
  if (pixels <= maxPixels) return;
  throw badHeader(`the picture announces ${pixels} pixels`, path, "Crop the picture; at most 2^28 pixels are read.");
}

function imageOf(pixels: Pixels, path: string, dtype: Dtype | "auto"): Volume {
  const { format, width, height, pages, channels, data } = pixels;
  const datatype = realDatatype(data instanceof Uint16Array ? "uint16" : "uint8");
  const decoder = makeDecoder({ datatype, littleEndian: true, count: data.length, scaling: undefined, dtype, path });
  decoder.add(bytesOf(data));
  return new Volume({
    data: decoder.finish(),
    shape: [channels, width, height, ...(pages > 1 ? [pages] : [])],
    strides: [1, channels, channels * width, ...(pages > 1 ? [channels * width * height] : [])],
    meta: { source: path, format, header: { width, height, pages, channels, depth: datatype.bytes * 8 } },
  });
}

function headerOf({ format, width, height, pages, channels, data }: Pixels): ImageHeader {
  const rank = pages > 1 ? 3 : 2;
  return {
    shape: [channels, width, height, ...(pages > 1 ? [pages] : [])],
    dtype: data instanceof Uint16Array ? "uint16" : "uint8",
    affine: identityAffine(),
    spacing: new Array<number>(rank).fill(1),
    axcodes: "RAS".slice(0, rank),
    format,
    header: { width, height, pages, channels },
  };
}
