import * as v from "valibot";
import { FormatError } from "../../src/errors.ts";
import { type LineEnds, savitzkyGolayWeights, weighAlong } from "../../src/kernels/savitzky-golay.ts";
import { integerSchema } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/dense-floats.ts";
import { widenedRegion } from "../../src/volume/widened-region.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link savitzkyGolaySmooth}. */
export interface SavitzkyGolaySmoothOptions {
  /** Length of the moving window in voxels, an odd number. */
  readonly windowLength: number;
  /** Degree of the fitted polynomial, below `windowLength`. */
  readonly order: number;
  /** Spatial axis to smooth along: 0 is x, -1 the last. Default 0 (axis 1 in MONAI, where 0 is the channels). */
  readonly axis?: number;
  /** How samples beyond the ends are filled in. Default `"zeros"`. */
  readonly mode?: LineEnds;
}

/**
 * Smooths images along an axis by fitting a polynomial to a moving window (Savitzky and Golay 1964). Shape and affine
 * stay; the result is float32. Deterministic (MONAI: `SavitzkyGolaySmooth`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { savitzkyGolaySmooth } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(savitzkyGolaySmooth({ keys: "image", windowLength: 5, order: 2, axis: 2, mode: "reflect" }));
 * ```
 */
export const savitzkyGolaySmooth = volumeOperator<SavitzkyGolaySmoothOptions>()({
  name: "savitzkyGolaySmooth",
  version: 1,
  retains: false,
  options: {
    windowLength: v.pipe(
      integerSchema,
      v.minValue(1),
      v.maxValue(1001),
      v.check((length) => length % 2 === 1, "it must be odd"),
    ),
    order: v.pipe(integerSchema, v.minValue(0), v.maxValue(12)),
    axis: v.optional(v.pipe(integerSchema, v.minValue(-3), v.maxValue(2)), 0),
    mode: v.optional(v.picklist(["zeros", "reflect", "replicate", "circular"]), "zeros"),
  },
  rules: [{ test: ({ windowLength, order }) => order < windowLength, fault: "order must be below windowLength" }],
  aliases: false,
  each: (volume, { windowLength, order, axis: axisOption, mode }) => {
    const axis = axisOf(volume.spatialShape, axisOption);
    const weights = savitzkyGolayWeights(windowLength, order);
    return volume.withSamples({
      data: weighAlong(denseFloats(volume), volume.shape, axis, weights, mode),
      layout: "x-fastest",
    });
  },
  region: (box, { options: { windowLength, axis, mode }, input: { shape } }) => {
    if (mode === "circular") return undefined;
    const along = axisOf(shape, axis);
    const reach = shape.map((_, n) => (n === along ? (windowLength - 1) / 2 : 0));
    return widenedRegion(box, reach, shape);
  },
});

function axisOf({ length }: readonly number[], option: number): number {
  const axis = option < 0 ? option + length : option;
  if (axis >= 0 && axis < length) return axis;
  throw new FormatError("VOXRX_BAD_VOLUME", `an image with ${length} spatial axes has no axis ${option}`, {
    remedy: `Use an axis from ${-length} to ${length - 1}.`,
  });
}
