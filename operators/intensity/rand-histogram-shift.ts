import * as v from "valibot";
import { mapAlongPoints } from "../../src/kernels/curves.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { integerSchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";

/** Options of {@link randHistogramShift}. */
export interface RandHistogramShiftOptions extends RandomOptions {
  /**
   * Number of control points of the curve, from 3 to 1000; the fewer, the larger the shifts. One number, or
   * `[least, most]` to draw from. Default 10.
   */
  readonly numControlPoints?: number | readonly [least: number, most: number];
}

const pointsSchema = v.pipe(integerSchema, v.minValue(3), v.maxValue(1000));

/**
 * Shifts the histogram of images with probability `prob`: values are mapped by a rising, piecewise linear curve that
 * keeps the minimum and the maximum of an image. Shape and affine stay; the result is float32, also for items that are
 * not changed. NaN is ignored and stays; an image that is constant or contains infinities is not changed. Random: draws
 * whether to apply it, the number of points, and their heights, shared by all fields of an item (MONAI:
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
  retains: false,
  options: {
    numControlPoints: v.optional(
      v.union([
        v.pipe(
          pointsSchema,
          v.transform((points): [number, number] => [points, points]),
        ),
        pairSchema(pointsSchema),
      ]),
      [10, 10],
    ),
  },
  draw: (random, { numControlPoints }) => ({ heights: drawHeights(random, numControlPoints) }),
  apply: (volume, { heights }) => histogramShifted(volume, heights),
  otherwise: asFloat32,
});

/**
 * Draws each inner point uniformly between the point before it, which is already drawn, and the original position of
 * the next.
 */
function drawHeights(random: Random, [least, most]: readonly [number, number]): number[] {
  const last = least + random.integer(most - least + 1) - 1;
  const heights = [0];
  for (let n = 1; n < last; n++) heights.push(random.uniform(heights.at(-1), (n + 1) / last));
  return [...heights, 1];
}

/**
 * Returns the image mapped by the curve through evenly spaced points of the given heights: 0 is the image's minimum, 1
 * its maximum.
 */
export function histogramShifted(volume: Volume, heights: readonly number[]): Volume {
  const { min, max } = volumeExtent(volume);
  const range = max - min;
  if (!(range > 0 && range < Number.POSITIVE_INFINITY)) return asFloat32(volume);
  const curve = { heights: Float64Array.from(heights, (height) => height * range + min), first: min, last: max };
  return volume.withSamples(mapAlongPoints(volume, curve));
}
