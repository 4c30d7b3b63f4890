/** Images with their axes reversed and exchanged, and where boxes of them come from. */
import type { Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** What is done to the spatial axes of an image. */
export interface AxisTurn {
  /** Axes that are reversed, first. */
  readonly reversed: readonly number[];
  /** For each axis of the result, the axis of the image that it is. */
  readonly order: readonly number[];
}

/** The image turned, as a view. */
export function turnedBy(volume: Volume, { reversed, order }: AxisTurn): Volume {
  return volume.flip(reversed).permute(order);
}

/** The box of the image that a box of the turned one is. */
export function boxBeforeTurn(box: Region, { reversed, order }: AxisTurn, shape: readonly number[]): Region {
  const along = (ends: readonly number[]) => shape.map((n, axis) => ends[order.indexOf(axis)] ?? n);
  return mirrored({ start: along(box.start), end: along(box.end) }, reversed, shape);
}

/** The box of an image that a box of it with some axes reversed is. */
export function mirrored({ start, end }: Region, reversed: readonly number[], shape: readonly number[]): Region {
  const from = (ends: readonly number[], others: readonly number[]) =>
    ends.map((at, axis) => (reversed.includes(axis) ? (shape[axis] ?? 0) - (others[axis] ?? 0) : at));
  return { start: from(start, end), end: from(end, start) };
}
