import * as v from "valibot";
import type { LinearMap } from "../../src/kernels/sample-sums.ts";
import { numberSchema } from "../../src/options.ts";
import { mapIntensity, volumeMoments } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { channelNumber } from "./shared/channel-number.ts";
import { linearFunction, linearMap } from "./shared/linear-map.ts";

/** Options of {@link normalizeIntensity}. */
export interface NormalizeIntensityOptions {
  /** The number to subtract; with `channelWise`, a list can give one per channel. Default: the mean. */
  readonly subtrahend?: number | readonly number[];
  /**
   * The number to divide by; with `channelWise`, a list can give one per channel. 0 means 1. Default: the standard
   * deviation.
   */
  readonly divisor?: number | readonly number[];
  /** Ignore zeros: they do not count in the mean and the deviation, and they stay zero. Default false. */
  readonly nonzero?: boolean;
  /** Normalize each channel separately. Default false: all by the mean and deviation of the whole image. */
  readonly channelWise?: boolean;
}

const numbers = v.union([numberSchema, v.pipe(v.array(numberSchema), v.minLength(1))]);

/**
 * Shifts and scales values to mean 0 and standard deviation 1 (of the population), computed in double; or by the
 * numbers given. Shape and affine stay; the result is float32; the input is not modified. A constant image becomes 0.
 * NaN and infinite values are ignored and stay (in MONAI, an infinite value makes the whole image NaN). Deterministic
 * (MONAI: `NormalizeIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when a list does not have one number for each channel of an image
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { normalizeIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(normalizeIntensity({ keys: "image", nonzero: true, channelWise: true }));
 * ```
 */
export const normalizeIntensity = volumeOperator<NormalizeIntensityOptions>()({
  name: "normalizeIntensity",
  version: 3,
  retains: false,
  options: {
    subtrahend: v.optional(numbers),
    divisor: v.optional(numbers),
    nonzero: v.optional(v.boolean(), false),
    channelWise: v.optional(v.boolean(), false),
  },
  rules: [
    {
      test: ({ subtrahend, divisor, channelWise }) =>
        channelWise || !(Array.isArray(subtrahend) || Array.isArray(divisor)),
      fault: "numbers per channel need channelWise: true",
    },
  ],
  aliases: false,
  each: normalized,
  elementwise: ({ subtrahend, divisor, nonzero }) =>
    typeof subtrahend === "number" && typeof divisor === "number"
      ? { value: linearFunction(mapBy(subtrahend, divisor, nonzero)), dtype: "float32" }
      : undefined,
  region: (box, { options: { subtrahend, divisor } }) =>
    subtrahend === undefined || divisor === undefined ? undefined : box,
});

function normalized(
  volume: Volume,
  { subtrahend, divisor, nonzero = false, channelWise }: NormalizeIntensityOptions,
): Volume {
  const mapOf = (channel?: number) => {
    const [shift, scale] = [subtrahend, divisor].map((given) =>
      given === undefined ? undefined : channelNumber(given, volume, channel ?? 0),
    );
    const own = shift === undefined || scale === undefined ? volumeMoments(volume, nonzero, channel) : undefined;
    return mapBy(shift ?? own?.mean ?? 0, scale ?? own?.deviation ?? 1, nonzero);
  };
  if (channelWise) return mapIntensity(volume, mapOf);
  const map = mapOf();
  return mapIntensity(volume, () => map);
}

function mapBy(subtrahend: number, divisor: number, keepZero: boolean): LinearMap {
  return linearMap({ from: subtrahend, factor: 1 / (divisor || 1), to: 0, keepZero });
}
