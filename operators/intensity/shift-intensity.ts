import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, valueFor } from "../../src/options.ts";
import { mapIntensity } from "../../src/volume/intensity.ts";
import { bytesPerSample, type Dtype, isIntegerDtype } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link shiftIntensity}. */
export interface ShiftIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** What is added to every value. */
  readonly offset: number;
  /** Keep values within the range of an integer element type. Default false. */
  readonly safe?: boolean;
}

/**
 * Adds a number to all values. Shape and affine stay; the result is float32; NaN stays. Deterministic (MONAI: `ShiftIntensity`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { shiftIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(shiftIntensity({ keys: "image", offset: 1024 }));
 * ```
 */
export function shiftIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ShiftIntensityOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("shiftIntensity", schema, options);
  return volumeTransform<K, T>({
    name: "shiftIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => shiftedBy(volume, [checked.offset], checked.safe),
  });
}

const schema = z.strictObject({ ...fieldShape, offset: z.number(), safe: z.boolean().default(false) });

/** A volume plus the offset of each channel; the last offset serves the channels that have none of their own. */
export function shiftedBy(volume: Volume, offsets: readonly number[], safe: boolean): Volume {
  const [low, high] =
    safe && isIntegerDtype(volume.dtype)
      ? boundsOf(volume.dtype)
      : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return mapIntensity(volume, (channel) => ({ from: 0, factor: 1, to: valueFor(offsets, channel), low, high }));
}

function boundsOf(dtype: Dtype): [low: number, high: number] {
  const count = 2 ** (8 * bytesPerSample(dtype));
  return dtype.startsWith("u") ? [0, count - 1] : [-count / 2, count / 2 - 1];
}
