/** An image that is drawn on: red, green and blue of each pixel, row by row. */
import { OptionError } from "../errors.ts";

/** Red, green and blue, from 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** Pixels to be put on a {@link Canvas}. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Three bytes each, row by row. */
  readonly rgb: Uint8Array;
}

/** Most pixels of a figure, of all frames together. */
const maxPixels = 2 ** 26;

/** @throws OptionError `VOXRX_BAD_OPTION` for more pixels than a figure may have */
export function checkPixels(width: number, height: number, frames: number, operator: string): void {
  if (width * height * frames <= maxPixels) return;
  const size = `${width} x ${height} pixels${frames > 1 ? `, ${frames} times,` : ""}`;
  throw new OptionError("VOXRX_BAD_OPTION", `${size} are too many for one figure`, {
    operator,
    remedy: `Show fewer items or slices, or make them smaller: a figure has at most ${maxPixels} pixels.`,
  });
}

/** An image that is drawn on. */
export class Canvas implements Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array<ArrayBuffer>;

  constructor(width: number, height: number, background: Color) {
    this.width = width;
    this.height = height;
    this.rgb = new Uint8Array(3 * width * height);
    this.fill(0, 0, width, height, background);
  }

  /** Fills a rectangle, as far as it is inside. */
  fill(left: number, top: number, width: number, height: number, color: Color): void {
    const [first, end] = [Math.max(0, left), Math.min(this.width, left + width)];
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = first; x < end; x++) this.rgb.set(color, 3 * (y * this.width + x));
    }
  }

  /** Puts pixels at a place. All of them must be inside. */
  put({ width, height, rgb }: Pixels, left: number, top: number): void {
    for (let y = 0; y < height; y++) {
      this.rgb.set(rgb.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * this.width + left));
    }
  }

  /** Mixes a color into a pixel, if that is inside. `share` is from 0 (nothing) to 1 (only the color). */
  blend(x: number, y: number, color: Color, share: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = 3 * (y * this.width + x);
    for (let c = 0; c < 3; c++) {
      const under = this.rgb[at + c] ?? 0;
      this.rgb[at + c] = Math.round(under + ((color[c] ?? 0) - under) * share);
    }
  }
}
