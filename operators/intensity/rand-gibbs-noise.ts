import * as v from "valibot";
import { gibbsFiltered } from "../../src/kernels/k-space.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { probabilitySchema } from "../../src/options.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";

/** Options of {@link randGibbsNoise}. */
export interface RandGibbsNoiseOptions extends RandomOptions {
  /**
   * Range of the strength, between 0 (weakest) and 1: `[low, high]`, or one number for 0 up to it. Default `[0, 1]`.
   */
  readonly alpha?: number | readonly [low: number, high: number];
}

/**
 * Adds ringing at edges (Gibbs artifacts), as in an MRI scan that measured too few frequencies, with probability
 * `prob`: frequencies further than `(1 - alpha) * longest side / sqrt(2)` from the center of k-space are removed. An
 * alpha of 0 keeps all of a 2D image; in 3D, even that removes the corners of k-space, as in MONAI. Each channel is
 * filtered separately. Shape and affine stay; the result is float32, also for items that are not filtered. NaN and
 * infinities count as 0 and stay. Random: draws whether to apply it, and `alpha` uniformly, shared by all fields of an
 * item (MONAI: `RandGibbsNoise`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randGibbsNoise } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randGibbsNoise({ keys: "image", alpha: [0.3, 0.7], prob: 0.2 }));
 * ```
 */
export const randGibbsNoise = randomVolumeOperator<RandGibbsNoiseOptions>()({
  name: "randGibbsNoise",
  version: 2,
  retains: false,
  options: {
    alpha: v.optional(
      v.union([
        v.pipe(
          probabilitySchema,
          v.transform((most): [number, number] => [0, most]),
        ),
        pairSchema(probabilitySchema),
      ]),
      [0, 1],
    ),
  },
  draw: (random, { alpha }) => ({ alpha: random.uniform(...alpha) }),
  apply: (volume, { alpha }) => gibbsNoised(volume, alpha),
  otherwise: asFloat32,
});

/** Returns the image without the frequencies outside a sphere (MONAI: `GibbsNoise`). */
export function gibbsNoised(volume: Volume, alpha: number): Volume {
  return volume.withSamples({ data: gibbsFiltered(volume, alpha), layout: "x-fastest" });
}
