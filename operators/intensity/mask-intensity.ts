import * as v from "valibot";
import { maskedValues } from "../../src/kernels/masked-values.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { nonEmptySchema, numberSchema } from "../../src/options.ts";
import { volumeOperator } from "../declare.ts";
import { fittingMask } from "./shared/fitting-mask.ts";

/** Options of {@link maskIntensity}. */
export interface MaskIntensityOptions {
  /** Field with the mask: the same spatial shape, and one channel or as many as the image. */
  readonly maskKey: string;
  /** Values are kept where the mask is above this. Default 0. */
  readonly threshold?: number;
}

/**
 * Sets values outside a mask to 0. Shape and affine stay; the result is float32. Deterministic (MONAI:
 * `MaskIntensityd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` for a mask of another shape,
 *   `VOXRX_MISSING_KEY`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { maskIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; brain: Volume }>;
 * scans.pipe(maskIntensity({ keys: "image", maskKey: "brain" }));
 * ```
 */
export const maskIntensity = volumeOperator<MaskIntensityOptions>()({
  name: "maskIntensity",
  version: 1,
  retains: false,
  keyOptions: ["maskKey"],
  needsKeys: true,
  options: { maskKey: nonEmptySchema, threshold: v.optional(numberSchema, 0) },
  aliases: false,
  each: (volume, { maskKey, threshold }, _field, { item }) => {
    const mask = fittingMask(volumeOf(item, maskKey), volume);
    return volume.withSamples({ data: maskedValues(volume, mask, threshold), layout: "x-fastest" });
  },
});
