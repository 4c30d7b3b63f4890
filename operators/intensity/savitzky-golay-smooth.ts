import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { FormatError } from "../../src/errors.ts";
import { type LineEnds, savitzkyGolayWeights, weighAlong } from "../../src/kernels/savitzky-golay.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/samples-as.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link savitzkyGolaySmooth}. */
export interface SavitzkyGolaySmoothOptions<K extends string = never> extends FieldOptions<K> {
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
 * Smooths images along an axis by fitting a polynomial to a moving window (Savitzky and Golay 1964). Shape and affine stay; the result is float32.
 * Deterministic (MONAI: `SavitzkyGolaySmooth`).
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
export function savitzkyGolaySmooth<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SavitzkyGolaySmoothOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("savitzkyGolaySmooth", schema, options);
  const weights = savitzkyGolayWeights(checked.windowLength, checked.order);
  return volumeTransform<K, T>({
    name: "savitzkyGolaySmooth",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => {
      const axis = axisOf(volume, checked.axis);
      return volume.withSamples({ data: weighAlong(denseFloats(volume), volume.shape, axis, weights, checked.mode) });
    },
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    windowLength: z
      .int()
      .min(1)
      .max(1001)
      .refine((length) => length % 2 === 1, "it must be odd"),
    order: z.int().min(0).max(12),
    axis: z.int().min(-3).max(2).default(0),
    mode: z.enum(["zeros", "reflect", "replicate", "circular"]).default("zeros"),
  })
  .refine(({ windowLength, order }) => order < windowLength, "order must be below windowLength");

function axisOf(volume: Volume, asked: number): number {
  const rank = volume.spatialShape.length;
  const axis = asked < 0 ? asked + rank : asked;
  if (axis >= 0 && axis < rank) return axis;
  throw new FormatError("VOXRX_BAD_VOLUME", `there is no spatial axis ${asked} in an image of ${rank}`);
}
