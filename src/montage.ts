import { createRequire } from "node:module";
import * as v from "valibot";
import { OptionError } from "./errors.ts";
import { checkOptions, countSchema } from "./options.ts";
import { isTensor, type Tensor, volumeAt } from "./volume/tensor.ts";
import type { Volume } from "./volume/volume.ts";

/** Options of {@link montage}. */
export interface MontageOptions {
  /** Spatial axis to look along: 0 x, 1 y, 2 z. Default 2. Ignored for 2D images. */
  readonly axis?: number;
  /** Slices of each volume, spread evenly over the axis. Default 1, the middle one. */
  readonly slices?: number;
  /** Tiles per row. Default: about as many as there are rows. */
  readonly columns?: number;
  /** Size of a voxel in pixels, along both sides of the image. Default 1. */
  readonly scale?: number;
}

/**
 * Makes a PNG (8-bit gray) with slices of volumes side by side: channel 0, first axis to the right, second axis
 * upwards. The gray levels of each tile range from its 1st to its 99th percentile.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for more than 65536 slices or 2^28 pixels
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { montage, Volume } from "voxrx";
 * const volume = new Volume({ data: new Float32Array(64), shape: [1, 4, 4, 4] });
 * await writeFile("montage.png", montage([volume], { slices: 3 }));
 * ```
 */
export function montage(images: Tensor | readonly Volume[], options: MontageOptions = {}): Uint8Array {
  const { axis, slices, scale, columns: asked } = checkOptions("montage", schema, options);
  const volumes = isTensor(images) ? images.items.map((_, n) => volumeAt(images, n)) : images;
  if (slices * volumes.length > maxTiles) throw tooLarge(`${slices * volumes.length} slices`);
  const tiles = volumes.flatMap((volume) => planesOf(volume, axis, slices));
  if (tiles.length === 0)
    throw new OptionError("VOXRX_BAD_OPTION", "expected at least one slice to show, got none", { operator: "montage" });
  const columns = asked ?? Math.ceil(Math.sqrt(tiles.length));
  const cellWidth = Math.max(...tiles.map(({ shape }) => shape[1] ?? 0)) * scale;
  const cellHeight = Math.max(...tiles.map(({ shape }) => shape[2] ?? 0)) * scale;
  const width = cellWidth * Math.min(columns, tiles.length);
  const height = cellHeight * Math.ceil(tiles.length / columns);
  if (width * height > maxPixels) throw tooLarge(`${width} x ${height} pixels`);
  const data = new Uint8Array(width * height);
  for (const [n, tile] of tiles.entries()) {
    draw(tile, data, width, (n % columns) * cellWidth, Math.floor(n / columns) * cellHeight, scale);
  }
  const { encode } = fastPng();
  return encode({ width, height, data, depth: 8, channels: 1 });
}

const schema = v.strictObject({
  axis: v.optional(v.picklist([0, 1, 2]), 2),
  slices: v.optional(countSchema, 1),
  columns: v.optional(countSchema),
  scale: v.optional(countSchema, 1),
});

const maxTiles = 2 ** 16;
const maxPixels = 2 ** 28;

function tooLarge(what: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `${what} are too many for one image`, {
    operator: "montage",
    remedy: `Show at most ${maxTiles} slices and ${maxPixels} pixels.`,
  });
}

/** Loaded at the first call, because the import takes a third of the time that importing the library may take. */
function fastPng(): typeof import("fast-png") {
  return createRequire(import.meta.url)("fast-png");
}

function planesOf(volume: Volume, axis: number, slices: number): Volume[] {
  if (volume.shape.length === 3) return [volume];
  const length = volume.spatialShape[axis] ?? 0;
  return Array.from({ length: slices }, (_, n) => volume.slice(axis, Math.floor(((n + 0.5) * length) / slices)));
}

function draw(plane: Volume, data: Uint8Array, width: number, left: number, top: number, scale: number): void {
  const [, columns = 0, rows = 0] = plane.shape;
  const { low, high } = rangeOf(plane);
  for (let y = 0; y < rows * scale; y++) {
    for (let x = 0; x < columns * scale; x++) {
      const value = plane.get(0, Math.floor(x / scale), rows - 1 - Math.floor(y / scale)) ?? low;
      const gray = high > low ? (255 * (value - low)) / (high - low) : 0;
      data[(top + y) * width + left + x] = Math.max(0, Math.min(255, Math.round(gray)));
    }
  }
}

function rangeOf(plane: Volume): { readonly low: number; readonly high: number } {
  const { storage: samples } = plane.selectChannels(0, 1).toContiguous();
  const sorted = Float64Array.from(samples).filter(Number.isFinite).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(0.01), high: at(0.99) };
}
