import * as v from "valibot";
import { mapAlongLine } from "../../src/kernels/curves.ts";
import { fitFloats, mapFloatBlocks } from "../../src/kernels/float-blocks.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { valuesAt } from "../../src/kernels/value-loops.ts";
import { numberSchema } from "../../src/options.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { mapIntensity, volumeExtent, volumeMoments } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { linearMap } from "./shared/linear-map.ts";

/** Options of {@link adjustContrast}. */
export interface AdjustContrastOptions {
  /** The power, above 0: below 1 brightens dark values, above 1 darkens them. */
  readonly gamma: number;
  /** Apply the power to the negative of the image, so that bright values change most. Default false. */
  readonly invertImage?: boolean;
  /** Restore the image's mean and standard deviation afterwards. Default false. */
  readonly retainStats?: boolean;
}

/**
 * Changes the contrast of images: values are scaled to 0 to 1, raised to a power, and scaled back. Shape and affine
 * stay; the result is float32; NaN stays, and an image with infinite values is not changed. Deterministic (MONAI:
 * `AdjustContrast`, including its 1e-7, which avoids a division by zero for a constant image).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { adjustContrast } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(adjustContrast({ keys: "image", gamma: 0.7 }));
 * ```
 */
export const adjustContrast = volumeOperator<AdjustContrastOptions>()({
  name: "adjustContrast",
  version: 4,
  retains: false,
  options: {
    gamma: v.pipe(numberSchema, v.gtValue(0)),
    invertImage: v.optional(v.boolean(), false),
    retainStats: v.optional(v.boolean(), false),
  },
  each: contrastAdjusted,
});

/** Returns the image with its contrast adjusted. */
export function contrastAdjusted(
  volume: Volume,
  { gamma, invertImage, retainStats }: Required<AdjustContrastOptions>,
): Volume {
  const sign = invertImage ? -1 : 1;
  const extent = volumeExtent(volume);
  const min = invertImage ? -extent.max : extent.min;
  const range = extent.max - extent.min;
  if (!Number.isFinite(range)) return asFloat32(volume);
  const perUnit = 1 / (range + 1e-7);
  // Numbers that float32 can't hold are scaled in double first.
  const isScaled = !fitFloats(volume.storage);
  const scaled = isScaled
    ? volume.withSamples(mapBlocks(volume, (values) => mapAlongLine(values, sign * min, sign * perUnit, 0)))
    : volume;
  const [from, unit] = isScaled ? [0, 1] : [sign * min, sign * perUnit];
  const powered = mapFloatBlocks(scaled, (loops, length) => {
    loops.contrast(valuesAt, length, from, unit, gamma, sign * range, sign * min);
  });
  const changed = volume.withSamples(powered);
  if (!retainStats) return changed;
  const [before, after] = [volumeMoments(volume, false), volumeMoments(changed, false)];
  const factor = before.deviation / (after.deviation + 1e-8);
  return mapIntensity(changed, () => linearMap({ from: after.mean, factor, to: before.mean }));
}
