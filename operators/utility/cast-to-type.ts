import * as v from "valibot";
import { perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes, holdsAllOf, isIntegerDtype } from "../../src/samples.ts";
import { truncatedVolume } from "../../src/volume/truncated-volume.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link castToType}. */
export interface CastToTypeOptions {
  /**
   * Element type, one for all fields or one for each; the last one also applies to the fields after it. Default
   * `"float32"`.
   */
  readonly dtype?: Dtype | readonly Dtype[];
}

/**
 * Converts samples to another element type. Conversion to integers truncates fractions (2.9 becomes 2, -2.9 becomes
 * -2), as in NumPy's `astype` and MONAI: round first if you want the nearest integer. A value that the integer type
 * can't hold (300 or -1 as uint8, NaN) is an error; NumPy and MONAI wrap it. Conversion to float32 rounds to the
 * nearest value. The samples are new; an image that already has the type passes unchanged. Affine and shape stay the
 * same. Deterministic (MONAI: `CastToType`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_VALUE_RANGE` for a value that the integer type can't
 * hold
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { castToType } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(castToType({ keys: ["image", "label"], dtype: ["float32", "uint8"] }));
 * ```
 */
export const castToType = volumeOperator<CastToTypeOptions>()({
  name: "castToType",
  version: 2,
  retains: false,
  options: { dtype: v.optional(perField(v.picklist(dtypes), { repeatsLast: true }), "float32") },
  each: (volume, { dtype }, field) => {
    const target = valueFor(dtype, field);
    if (target === volume.dtype) return volume;
    const cutsFractions = isIntegerDtype(target) && !isIntegerDtype(volume.dtype);
    return cutsFractions ? truncatedVolume(volume, target) : volume.toContiguous("x-fastest", target);
  },
  // If a value can be an error, the operator is not elementwise.
  elementwise: (options, dtype, field) => {
    const target = valueFor(options.dtype, field);
    return !isIntegerDtype(target) || holdsAllOf(target, dtype)
      ? { value: (value) => value, dtype: target }
      : undefined;
  },
  region: (box) => box,
});
