import * as v from "valibot";
import { integerSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Region } from "../../src/volume/region.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { type AxisTurn, boxBeforeTurn, turnedBy } from "./shared/axis-turn.ts";

/** Options of {@link rotate90}. */
export interface Rotate90Options {
  /** Quarter turns; negative ones turn the other way. Default 1. */
  readonly k?: number;
  /**
   * The two axes of the plane; the turn goes from the first towards the second: 0 is x, -1 the last. Default `[0, 1]`.
   */
  readonly spatialAxes?: readonly [number, number];
}

/** Checks the two axes of a plane. */
export const planeSchema = v.pipe(
  v.strictTuple([
    v.pipe(integerSchema, v.minValue(-3), v.maxValue(2)),
    v.pipe(integerSchema, v.minValue(-3), v.maxValue(2)),
  ]),
  v.check(([from, to]) => from !== to, "a plane has two different axes"),
);

/**
 * Rotates images by quarter turns in the plane of two axes, like NumPy's `rot90`. Odd `k` exchanges the sizes of the
 * two axes. A view: no sample is copied, and the affine is updated so that no voxel moves in the world. Deterministic
 * (MONAI: `Rotate90`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { rotate90 } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(rotate90({ k: 1, spatialAxes: [0, 2] }));
 * ```
 */
export const rotate90 = volumeOperator<Rotate90Options>()({
  name: "rotate90",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: { k: v.optional(integerSchema, 1), spatialAxes: v.optional(planeSchema, [0, 1]) },
  each: (volume, { k, spatialAxes }) => quarterTurned(volume, k, spatialAxes),
  region: (box, { options, input }) => boxBeforeQuarterTurns(box, options.k, options.spatialAxes, input.shape),
});

/** Returns the image turned by `k` quarter turns, recorded in `meta.applied`. */
export function quarterTurned(volume: Volume, k: number, spatialAxes: readonly [number, number]): Volume {
  const rank = volume.spatialShape.length;
  const params = { k: turnsOf(k), spatialAxes: planeOf(spatialAxes, rank) };
  return withApplied(turnedBy(volume, axisTurn(k, spatialAxes, rank)), "rotate90", volume, params);
}

/** The box of the original image that becomes the given box of the turned one. */
export function boxBeforeQuarterTurns(
  box: Region,
  k: number,
  spatialAxes: readonly [number, number],
  shape: readonly number[],
): Region {
  return boxBeforeTurn(box, axisTurn(k, spatialAxes, shape.length), shape);
}

function axisTurn(k: number, spatialAxes: readonly [number, number], rank: number): AxisTurn {
  const [from, to] = planeOf(spatialAxes, rank);
  const turns = turnsOf(k);
  const swapped = (axis: number) => (axis === from ? to : axis === to ? from : axis);
  return {
    reversed: [[], [to], [from, to], [from]][turns] ?? [],
    order: Array.from({ length: rank }, (_, axis) => (turns % 2 === 1 ? swapped(axis) : axis)),
  };
}

function turnsOf(k: number): number {
  return ((k % 4) + 4) % 4;
}

function planeOf([from, to]: readonly [number, number], rank: number): readonly [number, number] {
  return [from < 0 ? from + rank : from, to < 0 ? to + rank : to];
}
