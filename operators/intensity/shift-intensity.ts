import * as v from "valibot";
import type { LinearMap } from "../../src/kernels/sample-sums.ts";
import { numberSchema, valueFor } from "../../src/options.ts";
import { type Dtype, integerRange } from "../../src/samples.ts";
import { mapIntensity } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { linearFunction, linearMap } from "./shared/linear-map.ts";

/** Options of {@link shiftIntensity}. */
export interface ShiftIntensityOptions {
  /** The number to add to every value. */
  readonly offset: number;
  /** Clip results to the range of the image's element type, if that is an integer type. Default false. */
  readonly safe?: boolean;
}

/**
 * Adds a number to all values. Shape and affine stay; the result is float32; NaN stays. Deterministic (MONAI:
 * `ShiftIntensity`).
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
export const shiftIntensity = volumeOperator<ShiftIntensityOptions>()({
  name: "shiftIntensity",
  version: 1,
  retains: false,
  options: { offset: numberSchema, safe: v.optional(v.boolean(), false) },
  aliases: false,
  each: (volume, { offset, safe }) => shiftedBy(volume, [offset], safe),
  elementwise: ({ offset, safe }, dtype) => ({ value: linearFunction(shiftBy(offset, safe, dtype)), dtype: "float32" }),
  region: (box) => box,
});

/** Returns the image plus the offset of each channel; further channels use the last offset. */
export function shiftedBy(volume: Volume, offsets: readonly number[], safe: boolean): Volume {
  return mapIntensity(volume, (channel) => shiftBy(valueFor(offsets, channel), safe, volume.dtype));
}

/** The map that adds an offset; with `safe`, results are clipped to the range of an integer element type. */
export function shiftBy(offset: number, safe: boolean, dtype: Dtype): LinearMap {
  const [low, high] = (safe && integerRange(dtype)) || [];
  return linearMap({ from: 0, factor: 1, to: offset, low, high });
}
