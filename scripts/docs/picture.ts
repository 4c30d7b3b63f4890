/** A picture of a page, with a small one for the gallery. */
import sharp from "sharp";
import type { Pixels } from "../../src/show/canvas.ts";

/** An encoded picture. */
export interface Picture {
  readonly extension: "png" | "svg";
  readonly bytes: Uint8Array;
  /** For the gallery; undefined if the picture itself is small enough. */
  readonly thumbnail: Uint8Array | undefined;
  /** What it shows, in words. */
  readonly alt: string;
  /** Data before and after, which must differ. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Encodes pixels with as few colors as can't be told from all. */
export async function smallPng({ width, height, rgb }: Pixels): Promise<Uint8Array> {
  const image = sharp(rgb, { raw: { width, height, channels: 3 } });
  return image.png({ palette: true, colours: 56, dither: 0, effort: 9, compressionLevel: 9 }).toBuffer();
}

/** Encodes text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
