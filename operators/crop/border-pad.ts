import * as v from "valibot";
import { OptionError } from "../../src/errors.ts";
import { integerSchema } from "../../src/options.ts";
import type { Margins, PadMode } from "../../src/volume/pad-volume.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforePadding, fillShape, isPlainPadding, padded } from "./shared/margins.ts";

/** Options of {@link borderPad}. */
export interface BorderPadOptions {
  /**
   * Voxels to add: one number for every side, one per axis for both its sides, or two per axis
   * `[x before, x after, y before, …]`.
   */
  readonly spatialBorder: number | readonly number[];
  /**
   * Content of the added voxels: `"constant"` (`value`), `"edge"` (the nearest voxel) or `"reflect"` (the mirrored
   * image). Default `"constant"`.
   */
  readonly mode?: PadMode;
  /** Value for mode `"constant"`. Default 0. */
  readonly value?: number;
}

const width = v.pipe(integerSchema, v.minValue(0));
const perAxis = "expected one number, one per axis, or two per axis";

/**
 * Adds voxels around images. The affine is updated, so voxels keep their world coordinates. The element type stays the
 * same, unless it can't hold `value`: then it becomes float32, or float64 if it has 32 bits. Deterministic (MONAI:
 * `BorderPad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when the number of borders doesn't match an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE`; `VOXRX_SHAPE_MISMATCH` when `"reflect"` needs more voxels than the image has
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { borderPad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(borderPad({ spatialBorder: [16, 16, 0], mode: "edge" }));
 * ```
 */
export const borderPad = volumeOperator<BorderPadOptions>()({
  name: "borderPad",
  version: 2,
  retains: false,
  geometric: isPlainPadding,
  options: {
    spatialBorder: v.union([
      width,
      v.pipe(
        v.array(width),
        v.check(({ length }) => [1, 2, 3, 4, 6].includes(length), perAxis),
      ),
    ]),
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
  const expected = `1, ${rank} or ${2 * rank} numbers for an image of ${rank} axes`;
  throw new OptionError("VOXRX_BAD_OPTION", `spatialBorder: expected ${expected}, got ${each.length}`, {
    operator: "borderPad",
    remedy: "Give one number, one per axis, or two per axis.",
  });
}
