import { z } from "zod";
import type { Extent, LinearMap } from "../../src/kernels/sample-sums.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { mapIntensity, volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { linearFunction, linearMap } from "./shared/linear-map.ts";

/** Options of {@link scaleIntensity}. */
export interface ScaleIntensityOptions {
  /** What the least value becomes. Default 0. */
  readonly minv?: number;
  /** What the greatest value becomes. Default 1. */
  readonly maxv?: number;
  /** Instead of a range: every value is multiplied by `1 + factor`. */
  readonly factor?: number;
  /** Scale every channel by its own least and greatest value. Default false: all by those of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Scales values linearly so that they run from `minv` to `maxv`, or by `1 + factor`. Shape and affine stay; the result
 * is float32. A constant image becomes `minv` (MONAI 1.5 gives its value times `minv`). NaN takes no part and stays.
 * Deterministic (MONAI: `ScaleIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for `factor` together with a range
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { scaleIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(scaleIntensity({ keys: "image", minv: -1, maxv: 1 }));
 * ```
 */
export const scaleIntensity = volumeOperator<ScaleIntensityOptions>()({
  name: "scaleIntensity",
  version: 1,
  options: {
    minv: z.number().optional(),
    maxv: z.number().optional(),
    factor: z.number().optional(),
    channelWise: z.boolean().default(false),
  },
  rules: [
    {
      test: ({ factor, minv, maxv, channelWise }) =>
        factor === undefined || (minv === undefined && maxv === undefined && !channelWise),
      fault: "factor stands alone: leave out minv, maxv and channelWise",
    },
  ],
  aliases: false,
  each: scaled,
  elementwise: ({ factor }) =>
    factor === undefined ? undefined : { value: linearFunction(multiplyBy(factor)), dtype: "float32" },
  region: (box, { options: { factor } }) => (factor === undefined ? undefined : box),
});

function scaled(volume: Volume, { minv = 0, maxv = 1, factor, channelWise }: ScaleIntensityOptions): Volume {
  if (factor !== undefined) return mapIntensity(volume, () => multiplyBy(factor));
  const mapOf = ({ min, max }: Extent): LinearMap => {
    const range = max - min;
    const [from, factor] = range > 0 ? [min, (maxv - minv) / range] : [0, 0];
    return linearMap({ from, factor, to: minv });
  };
  if (channelWise) return mapIntensity(volume, (channel) => mapOf(volumeExtent(volume, channel)));
  const map = mapOf(volumeExtent(volume));
  return mapIntensity(volume, () => map);
}

function multiplyBy(factor: number): LinearMap {
  return linearMap({ from: 0, factor: 1 + factor, to: 0 });
}
