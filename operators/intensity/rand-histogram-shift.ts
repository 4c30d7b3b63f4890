import { z } from "zod";
import { alongPoints } from "../../src/kernels/curves.ts";
import { mapBlocks } from "../../src/kernels/strided.ts";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import type { Random } from "../../src/random/random.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import { asFloat32 } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link randHistogramShift}. */
export interface RandHistogramShiftOptions extends RandomOptions {
  /**
   * Points that the curve runs through, from 3 to 1000; the fewer, the larger the shifts. One number, or
   * `[least, most]` to draw from. Default 10.
   */
  readonly numControlPoints?: number | readonly [least: number, most: number];
}

const pointsSchema = z.int().min(3).max(1000);

/**
 * Bends the histogram of images with probability `prob`: values are mapped by a rising curve of straight pieces that
 * keeps the least and the greatest value of an image. Shape and affine stay; the result is float32, for items that are
 * not changed too. NaN takes no part and stays; an image that is constant, or reaches infinity, stays as it is. Random:
 * drawn are whether, the number of points, and their heights, shared by all fields of an item (MONAI:
 * `RandHistogramShift`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randHistogramShift } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randHistogramShift({ keys: "image", numControlPoints: [5, 15], prob: 0.3 }));
 * ```
 */
export const randHistogramShift = randomVolumeOperator<RandHistogramShiftOptions>()({
  name: "randHistogramShift",
  version: 2,
  options: {
    numControlPoints: z
      .union([pointsSchema.transform((points): [number, number] => [points, points]), pairSchema(pointsSchema)])
      .default([10, 10]),
  },
  draw: (random, { numControlPoints }) => ({ heights: drawHeights(random, numControlPoints) }),
  apply: (volume, { heights }) => histogramShifted(volume, heights),
  otherwise: asFloat32,
});

/** Each inner point is drawn evenly between the one before, already drawn, and where the next one was. */
function drawHeights(random: Random, [least, most]: readonly [number, number]): number[] {
  const last = least + random.integer(most - least + 1) - 1;
  const heights = [0];
  for (let n = 1; n < last; n++) heights.push(random.uniform(heights.at(-1), (n + 1) / last));
  return [...heights, 1];
}

/**
 * The image mapped by the curve through evenly spaced points of the given heights: 0 is its least value, 1 the
 * greatest.
 */
export function histogramShifted(volume: Volume, heights: readonly number[]): Volume {
  const { min, max } = volumeExtent(volume);
  const range = max - min;
  if (!(range > 0 && range < Number.POSITIVE_INFINITY)) return asFloat32(volume);
  const curve = { heights: Float64Array.from(heights, (height) => height * range + min), first: min, last: max };
  return volume.withSamples(mapBlocks(volume, (values) => alongPoints(values, curve)));
}
