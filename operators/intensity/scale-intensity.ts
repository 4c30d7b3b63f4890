import * as v from "valibot";
import type { Extent, LinearMap } from "../../src/kernels/sample-sums.ts";
import { numberSchema } from "../../src/options.ts";
import { mapIntensity, volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { linearFunction, linearMap } from "./shared/linear-map.ts";

/** Options of {@link scaleIntensity}. */
export interface ScaleIntensityOptions {
  /** What the minimum becomes. Default 0. */
  readonly minv?: number;
  /** What the maximum becomes. Default 1. */
  readonly maxv?: number;
  /** Multiply every value by `1 + factor`, instead of scaling to a range. */
  readonly factor?: number;
  /** Scale each channel by its own minimum and maximum. Default false: all by those of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Scales values linearly so that they run from `minv` to `maxv`, or by `1 + factor`. Shape and affine stay; the result
 * is float32. A constant image becomes `minv` (in MONAI 1.5, its value times `minv`). NaN is ignored and stays.
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
  retains: false,
  options: {
    minv: v.optional(numberSchema),
    maxv: v.optional(numberSchema),
    factor: v.optional(numberSchema),
    channelWise: v.optional(v.boolean(), false),
  },
  rules: [
    {
      test: ({ factor, minv, maxv, channelWise }) =>
        factor === undefined || (minv === undefined && maxv === undefined && !channelWise),
      fault: "factor cannot be combined with minv, maxv or channelWise",
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
