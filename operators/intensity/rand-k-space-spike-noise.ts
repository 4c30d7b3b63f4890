import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { meanLogMagnitude, type Spike, withSpikes } from "../../src/kernels/k-space.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { numberSchema, valueFor } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";

/** A range of natural logarithms of magnitudes in k-space. */
export type IntensityRange = readonly [low: number, high: number];

/** Options of {@link randKSpaceSpikeNoise}. */
export interface RandKSpaceSpikeNoiseOptions extends RandomOptions {
  /**
   * Range of the spike's strength, as the natural logarithm of its magnitude; with `channelWise`, a list can give one
   * range per channel. Default: 0.95 to 1.1 times 2.5 times the mean logarithm of the channel's magnitudes.
   */
  readonly intensityRange?: IntensityRange | readonly IntensityRange[];
  /** Draw a different position for each channel's spike. Default true; false: the same position in all channels. */
  readonly channelWise?: boolean;
}

const rangeSchema = pairSchema(numberSchema);

/**
 * Adds stripes to images with probability `prob`, as a spike in the raw data of an MRI scan does: one frequency of each
 * channel gets a random magnitude and keeps its phase. Shape and affine stay; the result is float32, also for items
 * without a spike. NaN and infinities count as 0 and stay. Random: draws whether to apply it, and for each channel the
 * spike's position in k-space and its strength, as fractions of the image's size and of the range, so that fields of
 * different sizes share the draw (MONAI: `RandKSpaceSpikeNoise`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when a list does not have one range for each channel of an image
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randKSpaceSpikeNoise } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randKSpaceSpikeNoise({ keys: "image", intensityRange: [11, 12], prob: 0.2 }));
 * ```
 */
export const randKSpaceSpikeNoise = randomVolumeOperator<RandKSpaceSpikeNoiseOptions>()({
  name: "randKSpaceSpikeNoise",
  version: 2,
  retains: false,
  options: {
    intensityRange: v.optional(v.union([rangeSchema, v.pipe(v.array(rangeSchema), v.minLength(1))])),
    channelWise: v.optional(v.boolean(), true),
  },
  rules: [
    {
      test: ({ intensityRange, channelWise }) => channelWise || !Array.isArray(intensityRange?.[0]),
      fault: "a range for each channel needs channelWise: true",
    },
  ],
  draw: (random, { channelWise }, volumes) => ({ spikes: drawSpikes(random, volumes, channelWise) }),
  apply: (volume, { spikes }, { intensityRange }) =>
    spiked(volume, (channel) => {
      const { place, level } = valueFor(spikes, channel);
      const [low, high] = rangeOf(intensityRange, volume, channel);
      const location = volume.spatialShape.map((n, axis) => Math.floor((place[axis] ?? 0) * n));
      return { location, logIntensity: low + (high - low) * level };
    }),
  otherwise: asFloat32,
});

/** A spike as fractions from 0 up to, but not including, 1. */
interface DrawnSpike {
  /** Position, as a fraction of the size along each axis. */
  readonly place: readonly number[];
  /** Strength, as a fraction of the range of intensities. */
  readonly level: number;
}

function drawSpikes(random: Random, volumes: readonly Volume[], channelWise: boolean): DrawnSpike[] {
  const drawPlace = () => [random.next(), random.next(), random.next()];
  const shared = channelWise ? undefined : drawPlace();
  const length = Math.max(1, ...volumes.map(({ channels }) => channels));
  return Array.from({ length }, () => ({ place: shared ?? drawPlace(), level: random.next() }));
}

function rangeOf(
  given: IntensityRange | readonly IntensityRange[] | undefined,
  volume: Volume,
  channel: number,
): IntensityRange {
  if (given === undefined) {
    const usual = 2.5 * meanLogMagnitude(volume, channel);
    return [0.95 * usual, 1.1 * usual];
  }
  if (isRange(given)) return given;
  const range = given[channel];
  if (range && given.length === volume.channels) return range;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `expected one range for each of the ${volume.channels} channels of an image, got ${given.length}`,
    { remedy: "Give one range for all channels, or as many as the images have channels." },
  );
}

function isRange(given: IntensityRange | readonly IntensityRange[]): given is IntensityRange {
  return typeof given[0] === "number";
}

/**
 * Returns the image with one frequency of each channel replaced; the lowest (most negative) frequency has index 0
 * (MONAI: `KSpaceSpikeNoise`).
 */
export function spiked(volume: Volume, spikeOf: (channel: number) => Spike): Volume {
  return volume.withSamples({ data: withSpikes(volume, spikeOf), layout: "x-fastest" });
}
