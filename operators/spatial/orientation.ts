import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import type { AffineLike } from "../../src/volume/affine-matrix.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { axcodesOf, orientationOf, parseAxcodes } from "../../src/volume/axcodes.ts";
import { volumeOperator } from "../declare.ts";
import { type AxisTurn, boxBeforeTurn, turnedBy } from "./shared/axis-turn.ts";

/** Options of {@link orientation}. */
export interface OrientationOptions {
  /**
   * Letters of the positive end of each axis of the result, such as `"RAS"` or `"LPS"`; for a 2D image the first two
   * are used.
   */
  readonly axcodes: string;
}

/**
 * Turns images so that their axes point in the given directions: L/R, P/A, I/S, with the meaning they have in nibabel
 * and MONAI. Axes are reversed first, then exchanged; `[C, x, y, z]` becomes a permutation of it. A view: no sample is
 * copied, no voxel moves in the world, the element type stays. An oblique image is turned to the nearest axes and stays
 * oblique. Deterministic (MONAI: `Orientation`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for letters that are not an orientation
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for an image that cannot be turned that way: fewer letters than axes, or
 *   a 2D image in another plane
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { orientation } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(orientation({ keys: ["image", "label"], axcodes: "RAS" }));
 * ```
 */
export const orientation = volumeOperator<OrientationOptions>()({
  name: "orientation",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: {
    axcodes: v.pipe(
      v.string(),
      v.minLength(2),
      v.maxLength(3),
      v.check((letters) => parseAxcodes(letters) !== undefined, "letters are one each of L or R, P or A, I or S"),
    ),
  },
  each: (volume, options) => {
    const turn = turnTo(options.axcodes, volume.affine, volume.spatialShape.length);
    return withApplied(turnedBy(volume, turn), "orientation", volume, options);
  },
  region: (box, { options, input }) =>
    boxBeforeTurn(box, turnTo(options.axcodes, input.affine, input.shape.length), input.shape),
});

function turnTo(axcodes: string, affine: AffineLike, rank: number): AxisTurn {
  const current = orientationOf(affine, rank);
  const targets = (parseAxcodes(axcodes) ?? []).slice(0, rank);
  const order = targets.map(({ axis }) => current.findIndex((now) => now.axis === axis));
  if (targets.length < rank || order.includes(-1)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `an image with axes ${axcodesOf(affine, rank)} cannot be turned to ${axcodes}`,
      { remedy: `Give one letter for each of its ${rank} axes.` },
    );
  }
  return { order, reversed: order.filter((from, to) => current[from]?.sign !== targets[to]?.sign) };
}
