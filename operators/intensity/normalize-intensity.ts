import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import type { LinearMap } from "../../src/kernels/intensity.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { mapIntensity, volumeMoments } from "../../src/volume/intensity.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link normalizeIntensity}. */
export interface NormalizeIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** What is subtracted; with `channelWise` also one number per channel. Default: the mean. */
  readonly subtrahend?: number | readonly number[];
  /** What is divided by; with `channelWise` also one number per channel. 0 means 1. Default: the standard deviation. */
  readonly divisor?: number | readonly number[];
  /** Leave zeros out of mean and deviation, and as they are. Default false. */
  readonly nonzero?: boolean;
  /** Normalize every channel by itself. Default false: all by mean and deviation of the whole image. */
  readonly channelWise?: boolean;
}

/**
 * Shifts and scales values to mean 0 and standard deviation 1 (of the population), computed in double; or by numbers given. Shape
 * and affine stay; the result is float32; the input is not written to. A constant image becomes 0. NaN takes no part and stays.
 * Deterministic (MONAI: `NormalizeIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when there is not one number for each channel of an image
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { normalizeIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(normalizeIntensity({ keys: "image", nonzero: true, channelWise: true }));
 * ```
 */
export function normalizeIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: NormalizeIntensityOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("normalizeIntensity", schema, options);
  return volumeTransform<K, T>({
    name: "normalizeIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => normalized(volume, checked),
  });
}

const numbers = z.union([z.number(), z.array(z.number()).min(1)]);
const schema = z
  .strictObject({
    ...fieldShape,
    subtrahend: numbers.optional(),
    divisor: numbers.optional(),
    nonzero: z.boolean().default(false),
    channelWise: z.boolean().default(false),
  })
  .refine(
    ({ subtrahend, divisor, channelWise }) => channelWise || !(Array.isArray(subtrahend) || Array.isArray(divisor)),
    "numbers per channel need channelWise: true",
  );

function normalized(volume: Volume, options: z.output<typeof schema>): Volume {
  const { nonzero, channelWise, subtrahend, divisor } = options;
  const mapOf = (channel?: number): LinearMap => {
    const [shift, scale] = [given(subtrahend, volume, channel), given(divisor, volume, channel)];
    const own = shift === undefined || scale === undefined ? volumeMoments(volume, nonzero, channel) : undefined;
    const factor = 1 / ((scale ?? own?.deviation ?? 1) || 1);
    const bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    return { from: shift ?? own?.mean ?? 0, factor, to: 0, keepZero: nonzero, ...bounds };
  };
  if (channelWise) return mapIntensity(volume, mapOf);
  const map = mapOf();
  return mapIntensity(volume, () => map);
}

function given(value: number | readonly number[] | undefined, volume: Volume, channel = 0): number | undefined {
  if (value === undefined || typeof value === "number") return value;
  if (value.length === volume.channels) return value[channel];
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `${value.length} numbers do not fit the ${volume.channels} channels of an image`,
  );
}
