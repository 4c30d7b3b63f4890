import { z } from "zod";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes, holdsAllOf, isIntegerDtype } from "../../src/samples.ts";

/** Options of {@link castToType}. */
export interface CastToTypeOptions {
  /** Element type, one for all fields or one for each; the last one serves the rest. Default `"float32"`. */
  readonly dtype?: Dtype | readonly Dtype[];
}

/**
 * Converts samples to another element type. To integers, fractions are cut off (2.9 becomes 2, -2.9 becomes -2), as
 * NumPy's `astype` and MONAI do: round first if nearest is meant. A value that the integer type can't hold (300 or -1
 * as uint8, NaN) is refused, where NumPy and MONAI wrap it. To float32, values go to the nearest one. New samples; an
 * image of that type already passes as it is. Affine and shape stay. Deterministic (MONAI: `CastToType`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_VALUE_RANGE` for a value that the integer type can't
 *   hold
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
  options: { dtype: perField(z.enum(dtypes)).default("float32") },
  each: (volume, { dtype }, field) => {
    const wanted = valueFor(dtype, field);
    if (wanted === volume.dtype) return volume;
    const cutsFractions = isIntegerDtype(wanted) && !isIntegerDtype(volume.dtype);
    return cutsFractions ? volume.mapSamples(Math.trunc, { dtype: wanted }) : volume.toContiguous("x-fastest", wanted);
  },
  // Where values can be refused, it is more than a function of values.
  elementwise: (options, dtype, field) => {
    const wanted = valueFor(options.dtype, field);
    return !isIntegerDtype(wanted) || holdsAllOf(wanted, dtype)
      ? { value: (value) => value, dtype: wanted }
      : undefined;
  },
  region: (box) => box,
});
