import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { addRicianNoise } from "../../src/kernels/noise.ts";
import { checkOptions, fieldShape, probabilitySchema, valueFor } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { volumeMoments } from "../../src/volume/intensity.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { drawForChannels } from "./rand-scale-intensity.ts";

/** Options of {@link randRicianNoise}. */
export interface RandRicianNoiseOptions<K extends string = never> extends FieldOptions<K> {
  /** Probability that an item gets noise. Default 0.1. */
  readonly prob?: number;
  /** Mean of the noise in both parts, in the image's units; with `channelWise` also one per channel. Default 0. */
  readonly mean?: number | readonly number[];
  /** Standard deviation of the noise in both parts; with `sampleStd` the largest; with `channelWise` also one per channel. Default 1. */
  readonly std?: number | readonly number[];
  /** Draw the standard deviation for each channel by itself. Default false. */
  readonly channelWise?: boolean;
  /** `std` is a share of the standard deviation of the image, or with `channelWise` of the channel. Default false. */
  readonly relative?: boolean;
  /** Draw the standard deviation evenly from 0 to `std`. Default true; false: it is `std`. */
  readonly sampleStd?: boolean;
}

/**
 * Adds Rician noise to images with probability `prob`: the magnitude of a complex signal with normal noise in both parts, as in MRI.
 * Shape and affine stay; the result is float32 and not negative; items that get no noise are float32 too. NaN stays. The noise of a
 * voxel does not depend on the order of samples in memory; each field of an item has noise of its own, of the same strength.
 * Random: drawn are whether, shares of the standard deviation, and the seed of the noise (MONAI: `RandRicianNoise`; Gudbjartsson and
 * Patz 1995).
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
export function randRicianNoise<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandRicianNoiseOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randRicianNoise", schema, options);
  return randomVolumeTransform<RicianNoise, K, T>({
    name: "randRicianNoise",
    version: 1,
    options: checked,
    fields: { ...options },
    prob: checked.prob,
    draw: (random, volumes) => ({
      shares: checked.sampleStd ? drawForChannels(random, volumes, checked.channelWise, [0, 1]) : [1],
      seed: random.seed(),
    }),
    apply: (volume, noise, field) => ricianNoised(volume, checked, noise, field),
    otherwise: asFloat32,
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    prob: probabilitySchema.default(0.1),
    mean: z.union([z.number(), z.array(z.number()).min(1)]).default(0),
    std: z.union([z.number().min(0), z.array(z.number().min(0)).min(1)]).default(1),
    channelWise: z.boolean().default(false),
    relative: z.boolean().default(false),
    sampleStd: z.boolean().default(true),
  })
  .refine(
    ({ mean, std, channelWise }) => channelWise || !(Array.isArray(mean) || Array.isArray(std)),
    "numbers per channel need channelWise: true",
  );

/** Noise that can be made again. */
export interface RicianNoise {
  /** Share of the standard deviation that is taken: one for each channel, or one for all. */
  readonly shares: readonly number[];
  /** A whole number of 32 bits. */
  readonly seed: number;
}

/** A volume with the noise that a seed stands for. */
export function ricianNoised(
  volume: Volume,
  options: Pick<z.output<typeof schema>, "mean" | "std" | "channelWise" | "relative">,
  { shares, seed }: RicianNoise,
  field = 0,
): Volume {
  const { mean, std, channelWise, relative } = options;
  const whole = relative && !channelWise ? volumeMoments(volume, false).deviation : 1;
  const noiseOf = (channel: number) => {
    const unit = relative && channelWise ? volumeMoments(volume, false, channel).deviation : whole;
    const deviation = given(std, volume, channel) * unit * valueFor(shares, channel);
    return { mean: given(mean, volume, channel), deviation };
  };
  return volume.withSamples({ data: addRicianNoise(volume, noiseOf, new Random(seed, field)) });
}

function given(value: number | readonly number[], volume: Volume, channel: number): number {
  if (typeof value === "number" || value.length === volume.channels) return valueFor(value, channel);
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `${value.length} numbers do not fit the ${volume.channels} channels of an image`,
  );
}
