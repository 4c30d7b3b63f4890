import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import { drawForChannels } from "./rand-scale-intensity.ts";
import { shiftedBy } from "./shift-intensity.ts";

/** Options of {@link randShiftIntensity}. */
export interface RandShiftIntensityOptions<K extends string = never> extends FieldOptions<K> {
  /** Range of what is added, in the image's units: `[low, high]`, or from -f to f for one number. */
  readonly offsets: UniformRange;
  /** Probability that an item is shifted. Default 0.1. */
  readonly prob?: number;
  /** Keep results within the range of the image's element type, where that is an integer. Default false. */
  readonly safe?: boolean;
  /** Draw what is added for each channel. Default false. */
  readonly channelWise?: boolean;
}

/**
 * Adds a number to the values of images, {@link shiftIntensity} with probability `prob`, the same in all fields of an item. Shape and affine stay; the result
 * is float32, for items that are not shifted too. NaN stays. Random: drawn are whether, and the number evenly, one or one for each
 * channel (MONAI: `RandShiftIntensity`, which keeps the element type and lets integers wrap if not `safe`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randShiftIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randShiftIntensity({ keys: "image", offsets: 0.1, prob: 0.5 }));
 * ```
 */
export function randShiftIntensity<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandShiftIntensityOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randShiftIntensity", schema, options);
  const { offsets, prob, safe, channelWise } = checked;
  return randomVolumeTransform<{ readonly offsets: readonly number[] }, K, T>({
    name: "randShiftIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random, volumes) => ({ offsets: drawForChannels(random, volumes, channelWise, offsets) }),
    apply: (volume, drawn) => shiftedBy(volume, drawn.offsets, safe),
    otherwise: asFloat32,
  });
}

const schema = z.strictObject({
  ...fieldShape,
  offsets: rangeSchema,
  prob: probabilitySchema.default(0.1),
  safe: z.boolean().default(false),
  channelWise: z.boolean().default(false),
});
