/** Images with their axes reversed and exchanged, and where their boxes come from in the original image. */
import type { Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** How the spatial axes of an image are reversed and exchanged. */
export interface AxisTurn {
  /** Axes to reverse; this happens first. */
  readonly reversed: readonly number[];
  /** For each axis of the result, the image's axis that it comes from. */
  readonly order: readonly number[];
}

/** Returns the turned image, a view. */
export function turnedBy(volume: Volume, { reversed, order }: AxisTurn): Volume {
  return volume.flip(reversed).permute(order);
}

/** The box of the original image that becomes the given box of the turned one. */
export function boxBeforeTurn(box: Region, { reversed, order }: AxisTurn, shape: readonly number[]): Region {
  const along = (ends: readonly number[]) => shape.map((n, axis) => ends[order.indexOf(axis)] ?? n);
  return mirrored({ start: along(box.start), end: along(box.end) }, reversed, shape);
}

/** The box of the original image that becomes the given box once some axes are reversed. */
export function mirrored({ start, end }: Region, reversed: readonly number[], shape: readonly number[]): Region {
  const from = (ends: readonly number[], others: readonly number[]) =>
    ends.map((at, axis) => (reversed.includes(axis) ? (shape[axis] ?? 0) - (others[axis] ?? 0) : at));
  return { start: from(start, end), end: from(end, start) };
}
