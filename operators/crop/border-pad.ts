import { z } from "zod";
import { OptionError } from "../../src/errors.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import type { Margins, PadMode } from "../../src/volume/pad-volume.ts";
import { boxBeforePadding, fillShape, isPlainPadding, padded } from "./shared/margins.ts";

/** Options of {@link borderPad}. */
export interface BorderPadOptions {
  /**
   * Voxels to add: one number for every side, one per axis for both its sides, or two per axis `[x before, x after, y
   * before, …]`.
   */
  readonly spatialBorder: number | readonly number[];
  /** What the added voxels hold: `value`, the nearest voxel, or the image mirrored. Default `"constant"`. */
  readonly mode?: PadMode;
  /** The value for mode `"constant"`. Default 0. */
  readonly value?: number;
}

const width = z.int().min(0);
const perAxis = "give one number, one per axis, or two per axis";

/**
 * Adds voxels around images. No voxel moves in the world: the affine follows. The element type stays, unless it cannot
 * hold `value` (then float32, or float64 where it has 32 bits). Deterministic (MONAI: `BorderPad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a number of borders that does not fit an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE`, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { borderPad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(borderPad({ spatialBorder: [2, 2, 0], mode: "edge" }));
 * ```
 */
export const borderPad = volumeOperator<BorderPadOptions>()({
  name: "borderPad",
  version: 2,
  geometric: isPlainPadding,
  options: {
    spatialBorder: z.union([width, z.array(width).refine(({ length }) => [1, 2, 3, 4, 6].includes(length), perAxis)]),
    ...fillShape,
  },
  each: (volume, options) => {
    const margins = marginsOf(options.spatialBorder, volume.spatialShape.length);
    return padded(volume, margins, options, "borderPad");
  },
  region: (box, { options, input: { shape } }) =>
    boxBeforePadding(box, marginsOf(options.spatialBorder, shape.length), options, shape),
});

function marginsOf(border: number | readonly number[], rank: number): Margins {
  const given = [border].flat();
  const each = given.length === 1 ? Array.from({ length: rank }, () => given[0] ?? 0) : given;
  if (each.length === rank) return { before: each, after: each };
  if (each.length === 2 * rank) {
    return { before: each.filter((_, n) => n % 2 === 0), after: each.filter((_, n) => n % 2 === 1) };
  }
  throw new OptionError("VOXRX_BAD_OPTION", `spatialBorder has ${each.length} numbers for an image of ${rank} axes`, {
    operator: "borderPad",
    remedy: `Give one number, ${rank}, or ${2 * rank}.`,
  });
}
