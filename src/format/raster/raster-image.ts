/** Decoded raster images. */
import { badHeader } from "../format-faults.ts";

/** The header of a raster image. */
export interface RasterFacts {
  /** `png`, `jpeg`, `tiff` or `webp`. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  /** After decoding: palettes become colors, CMYK becomes RGB. */
  readonly channels: number;
  readonly dtype: "uint8" | "uint16";
}

/** A raster image with its pixels: row by row, with the channels of a pixel interleaved. */
export interface RasterImage extends RasterFacts {
  readonly data: Uint8Array | Uint16Array;
}

/** Maximum number of pixels of all pages together, so that a malicious size can't use up all memory. */
export const maxPixels = 2 ** 28;

/** @throws FormatError `VOXRX_BAD_HEADER` for too many pixels, or none */
export function checkSize({ width, height, pages }: RasterFacts, path: string): void {
  const pixels = width * height * pages;
  if (pixels > 0 && pixels <= maxPixels) return;
  throw badHeader(`an image must have 1 to 2^28 pixels, got ${pixels}`, path, "Crop the image.");
}
