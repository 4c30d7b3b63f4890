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

/** Numbers of colors, until a picture is small enough. */
const palettes = [56, 32, 20, 14];

/** Encodes pixels, with fewer colors the more bytes they would take otherwise. */
export async function smallPng({ width, height, rgb }: Pixels, mostBytes: number): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  for (const colours of palettes) {
    const image = sharp(rgb, { raw: { width, height, channels: 3 } });
    bytes = await image.png({ palette: true, colours, dither: 0, effort: 9, compressionLevel: 9 }).toBuffer();
    if (bytes.length <= mostBytes) break;
  }
  return bytes;
}

/** Encodes text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
