import { z } from "zod";
import { alongLine } from "../../src/kernels/curves.ts";
import { raise } from "../../src/kernels/power.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { mapIntensity, volumeExtent, volumeMoments } from "../../src/volume/intensity-volume.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { linearMap } from "./shared/linear-map.ts";

/** Options of {@link adjustContrast}. */
export interface AdjustContrastOptions {
  /** The power, above 0: below 1 brightens dark values, above 1 darkens them. */
  readonly gamma: number;
  /** Change the negative of the image, so that bright values change most. Default false. */
  readonly invertImage?: boolean;
  /** Bring mean and standard deviation back to what they were. Default false. */
  readonly retainStats?: boolean;
}

/**
 * Changes the contrast of images: values are scaled to 0 to 1, raised to a power, and scaled back. Shape and affine
 * stay; the result is float32; NaN stays, and an image with infinite values comes out as it is. Deterministic (MONAI:
 * `AdjustContrast`, with its 1e-7 that keeps a constant image from a division by zero).
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
  version: 2,
  options: {
    gamma: z.number().positive(),
    invertImage: z.boolean().default(false),
    retainStats: z.boolean().default(false),
  },
  each: contrastAdjusted,
});

/** The image with its contrast changed. */
export function contrastAdjusted(
  volume: Volume,
  { gamma, invertImage, retainStats }: Required<AdjustContrastOptions>,
): Volume {
  const sign = invertImage ? -1 : 1;
  const extent = volumeExtent(volume);
  const min = invertImage ? -extent.max : extent.min;
  const range = extent.max - extent.min;
  if (!Number.isFinite(range)) return asFloat32(volume);
  const share = 1 / (range + 1e-7);
  const bent = mapBlocks(volume, (values) => {
    alongLine(values, sign * min, sign * share, 0);
    raise(values, gamma);
    alongLine(values, 0, sign * range, sign * min);
  });
  const changed = volume.withSamples(bent);
  if (!retainStats) return changed;
  const [before, after] = [volumeMoments(volume, false), volumeMoments(changed, false)];
  const factor = before.deviation / (after.deviation + 1e-8);
  return mapIntensity(changed, () => linearMap({ from: after.mean, factor, to: before.mean }));
}
