import { z } from "zod";
import { gibbsFiltered } from "../../src/kernels/k-space.ts";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { probabilitySchema } from "../../src/options.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link randGibbsNoise}. */
export interface RandGibbsNoiseOptions extends RandomOptions {
  /** Range of the strength, within 0 (weakest) to 1: `[low, high]`, or from 0 to one number. Default `[0, 1]`. */
  readonly alpha?: number | readonly [low: number, high: number];
}

/**
 * Gives images the ringing at edges (Gibbs artefact) of an MRI scan that measured too few frequencies, with probability
 * `prob`: what lies further than `(1 - alpha) * longest side / sqrt(2)` from the middle of k-space is removed. With 0
 * that keeps all of a 2D image; of a 3D image the corners go even then, as in MONAI. Every channel by itself. Shape and
 * affine stay; the result is float32, for items that are not filtered too. NaN and infinities count as 0 and stay.
 * Random: drawn are whether, and `alpha` evenly, shared by all fields of an item (MONAI: `RandGibbsNoise`).
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
  version: 1,
  options: {
    alpha: z
      .union([probabilitySchema.transform((most): [number, number] => [0, most]), pairSchema(probabilitySchema)])
      .default([0, 1]),
  },
  draw: (random, { alpha }) => ({ alpha: random.uniform(...alpha) }),
  apply: (volume, { alpha }) => gibbsNoised(volume, alpha),
  otherwise: asFloat32,
});

/** The image without the frequencies that lie outside of a sphere (MONAI: `GibbsNoise`). */
export function gibbsNoised(volume: Volume, alpha: number): Volume {
  return volume.withSamples({ data: gibbsFiltered(volume, alpha), layout: "x-fastest" });
}
