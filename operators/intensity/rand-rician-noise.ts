import { z } from "zod";
import { addRicianNoise } from "../../src/kernels/noise.ts";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { valueFor } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { volumeMoments } from "../../src/volume/intensity-volume.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { channelNumber } from "./shared/channel-number.ts";
import { drawForChannels } from "./shared/draw-for-channels.ts";

/** Options of {@link randRicianNoise}. */
export interface RandRicianNoiseOptions extends RandomOptions {
  /** Mean of the noise in both parts, in the image's units; with `channelWise` also one per channel. Default 0. */
  readonly mean?: number | readonly number[];
  /**
   * Standard deviation of the noise in both parts; with `sampleStd` the largest; with `channelWise` also one per
   * channel. Default 1.
   */
  readonly std?: number | readonly number[];
  /** Draw the standard deviation for each channel by itself. Default false. */
  readonly channelWise?: boolean;
  /** `std` is a share of the standard deviation of the image, or with `channelWise` of the channel. Default false. */
  readonly relative?: boolean;
  /** Draw the standard deviation evenly from 0 to `std`. Default true; false: it is `std`. */
  readonly sampleStd?: boolean;
}

/**
 * Adds Rician noise to images with probability `prob`: the magnitude of a complex signal with normal noise in both
 * parts, as in MRI. Shape and affine stay; the result is float32 and not negative; items that get no noise are float32
 * too. NaN stays. The noise of a voxel does not depend on the order of samples in memory; each field of an item has its
 * own noise, of the same strength. Random: drawn are whether, shares of the standard deviation, and the seed of the
 * noise (MONAI: `RandRicianNoise`; Gudbjartsson and Patz 1995).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when there is not one number for each channel of an image
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
  version: 1,
  options: {
    mean: z.union([z.number(), z.array(z.number()).min(1)]).default(0),
    std: z.union([z.number().min(0), z.array(z.number().min(0)).min(1)]).default(1),
    channelWise: z.boolean().default(false),
    relative: z.boolean().default(false),
    sampleStd: z.boolean().default(true),
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

/** Noise that can be made again. */
export interface RicianNoise {
  /** Share of the standard deviation that is taken: one for each channel, or one for all. */
  readonly shares: readonly number[];
  /** An integer of 32 bits. */
  readonly seed: number;
}

/** The image with the noise that a seed stands for. */
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
  return volume.withSamples({ data: addRicianNoise(volume, noiseOf, new Random(seed, field)), layout: "x-fastest" });
}
