import * as v from "valibot";
import { addRicianNoise } from "../../src/kernels/noise.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { numberSchema, valueFor } from "../../src/options.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { volumeMoments } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { channelNumber } from "./shared/channel-number.ts";
import { drawForChannels } from "./shared/draw-for-channels.ts";

/** Options of {@link randRicianNoise}. */
export interface RandRicianNoiseOptions extends RandomOptions {
  /**
   * Mean of the noise in both parts, in the image's units; with `channelWise`, a list can give one per channel. Default
   * 0.
   */
  readonly mean?: number | readonly number[];
  /**
   * Standard deviation of the noise in both parts; with `sampleStd`, its maximum. With `channelWise`, a list can give
   * one per channel. Default 1.
   */
  readonly std?: number | readonly number[];
  /** Draw the standard deviation separately for each channel. Default false. */
  readonly channelWise?: boolean;
  /** `std` is a factor of the standard deviation of the image, or with `channelWise` of the channel. Default false. */
  readonly relative?: boolean;
  /** Draw the standard deviation uniformly from 0 to `std`. Default true; false: use `std` itself. */
  readonly sampleStd?: boolean;
}

/**
 * Adds Rician noise to images with probability `prob`: the magnitude of a complex signal with normal noise in both
 * parts, as in MRI. Shape and affine stay; the result is float32 and not negative; items without noise are float32 too.
 * NaN stays. The noise of a voxel does not depend on the memory layout; each field of an item has its own noise, of the
 * same strength. Random: draws whether to apply it, the fractions of the standard deviation, and the seed of the noise
 * (MONAI: `RandRicianNoise`; Gudbjartsson and Patz 1995).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when a list does not have one number for each channel of an image
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randRicianNoise } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randRicianNoise({ keys: "image", prob: 0.2, std: 0.1, relative: true, channelWise: true }));
 * ```
 */
export const randRicianNoise = randomVolumeOperator<RandRicianNoiseOptions>()({
  name: "randRicianNoise",
  version: 3,
  retains: false,
  options: {
    mean: v.optional(v.union([numberSchema, v.pipe(v.array(numberSchema), v.minLength(1))]), 0),
    std: v.optional(
      v.union([
        v.pipe(numberSchema, v.minValue(0)),
        v.pipe(v.array(v.pipe(numberSchema, v.minValue(0))), v.minLength(1)),
      ]),
      1,
    ),
    channelWise: v.optional(v.boolean(), false),
    relative: v.optional(v.boolean(), false),
    sampleStd: v.optional(v.boolean(), true),
  },
  rules: [
    {
      test: ({ mean, std, channelWise }) => channelWise || !(Array.isArray(mean) || Array.isArray(std)),
      fault: "numbers per channel need channelWise: true",
    },
  ],
  draw: (random, { channelWise, sampleStd }, volumes) => ({
    shares: sampleStd ? drawForChannels(random, volumes, channelWise, [0, 1]) : [1],
    seed: random.seed(),
  }),
  apply: (volume, noise, options, field) => ricianNoised(volume, options, noise, field),
  otherwise: asFloat32,
});

/** Parameters that reproduce the noise. */
export interface RicianNoise {
  /** Fraction of the standard deviation that is used: one for each channel, or one for all. */
  readonly shares: readonly number[];
  /** A 32-bit integer. */
  readonly seed: number;
}

/** Returns the image with the noise of a seed. */
export function ricianNoised(
  volume: Volume,
  { mean, std, channelWise, relative }: Required<Omit<RandRicianNoiseOptions, "prob" | "sampleStd">>,
  { shares, seed }: RicianNoise,
  field = 0,
): Volume {
  const whole = relative && !channelWise ? volumeMoments(volume, false).deviation : 1;
  const noiseOf = (channel: number) => {
    const unit = relative && channelWise ? volumeMoments(volume, false, channel).deviation : whole;
    const deviation = channelNumber(std, volume, channel) * unit * valueFor(shares, channel);
    return { mean: channelNumber(mean, volume, channel), deviation };
  };
  return volume.withSamples({ data: addRicianNoise(volume, noiseOf, { seed, use: 1 + field }), layout: "x-fastest" });
}
