import { z } from "zod";
import { FormatError } from "../../src/errors.ts";
import { type LineEnds, savitzkyGolayWeights, weighAlong } from "../../src/kernels/savitzky-golay.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { denseFloats } from "../../src/volume/dense-floats.ts";
import { widenedRegion } from "../../src/volume/widened-region.ts";

/** Options of {@link savitzkyGolaySmooth}. */
export interface SavitzkyGolaySmoothOptions {
  /** Voxels of the moving window, odd. */
  readonly windowLength: number;
  /** Degree of the polynomial that is fitted, below `windowLength`. */
  readonly order: number;
  /** Spatial axis to smooth along: 0 is x, -1 the last. Default 0 (MONAI's axis 1, which counts the channels as 0). */
  readonly axis?: number;
  /** What is assumed beyond the ends. Default `"zeros"`. */
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
  options: {
    windowLength: z
      .int()
      .min(1)
      .max(1001)
      .refine((length) => length % 2 === 1, "it must be odd"),
    order: z.int().min(0).max(12),
    axis: z.int().min(-3).max(2).default(0),
    mode: z.enum(["zeros", "reflect", "replicate", "circular"]).default("zeros"),
  },
  rules: [{ test: ({ windowLength, order }) => order < windowLength, fault: "order must be below windowLength" }],
  aliases: false,
  each: (volume, { windowLength, order, axis: asked, mode }) => {
    const axis = axisOf(volume.spatialShape, asked);
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

function axisOf({ length }: readonly number[], asked: number): number {
  const axis = asked < 0 ? asked + length : asked;
  if (axis >= 0 && axis < length) return axis;
  throw new FormatError("VOXRX_BAD_VOLUME", `there is no spatial axis ${asked} in an image of ${length}`);
}
