import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes } from "../../src/volume/samples.ts";

/** Options of {@link castToType}. */
export interface CastToTypeOptions<K extends string = never> extends FieldOptions<K> {
  /** Element type, one for all fields or one for each; the last one serves the rest. Default `"float32"`. */
  readonly dtype?: Dtype | readonly Dtype[];
}

/**
 * Converts samples to another element type. To integers, fractions are cut off (2.9 becomes 2, -2.9 becomes -2), as NumPy's `astype`
 * and MONAI do: round first if nearest is meant. What does not fit wraps round (300 becomes 44 as uint8, -1 becomes 255), NaN and
 * infinities become 0. To float32, values go to the nearest one. New samples; an image of that type already passes as it is.
 * Affine and shape stay. Deterministic (MONAI: `CastToType`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { castToType } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(castToType({ keys: ["image", "label"], dtype: ["float32", "uint8"] }));
 * ```
 */
export function castToType<const K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: CastToTypeOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("castToType", schema, options);
  const { dtype } = checked;
  return volumeTransform<K, T>({
    name: "castToType",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume, field) => {
      const wanted = valueFor(dtype, field);
      return wanted === volume.dtype ? volume : volume.toContiguous("x-fastest", wanted);
    },
  });
}

const schema = z.strictObject({ ...fieldShape, dtype: perField(z.enum(dtypes)).default("float32") });
