/** What decoders of pictures give. */
import { badHeader } from "../samples/stored-image.ts";

/** What a picture says of itself. */
export interface PictureFacts {
  /** `png`, `jpeg`, `tiff` or `webp`. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  /** As they come out: palettes are colours, inks are RGB. */
  readonly channels: number;
  readonly dtype: "uint8" | "uint16";
}

/** A picture with its pixels: rows first, channels of a pixel together. */
export interface Picture extends PictureFacts {
  readonly data: Uint8Array | Uint16Array;
}

/** Pixels of a picture, pages together: a forged size is an error, not a machine out of memory. */
export const maxPixels = 2 ** 28;

/** @throws FormatError `VOXRX_BAD_HEADER` for more pixels than are read, or none */
export function checkSize({ width, height, pages }: PictureFacts, path: string): void {
  const pixels = width * height * pages;
  if (pixels > 0 && pixels <= maxPixels) return;
  throw badHeader(`the picture announces ${pixels} pixels`, path, "Crop the picture: 1 to 2^28 pixels are read.");
}
