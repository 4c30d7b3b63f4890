/** Options of operators that resample. */
import * as v from "valibot";
import type { Padding } from "../../../src/kernels/sampling.ts";
import { perField, valueFor } from "../../../src/options.ts";
import { asFloat32 } from "../../../src/volume/as-float32.ts";
import type { Interpolation, ResampleOptions } from "../../../src/volume/resample-options.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Options for the values of a resampled image. */
export interface ResamplingOptions {
  /** How to interpolate between voxels; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** Where `"reflection"` mirrors: at the outermost voxels' centers instead of their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

/** Checks the interpolation mode. */
export const modeSchema = perField(v.picklist(["bilinear", "nearest"]));

/** Checks the padding mode. */
export const paddingSchema = perField(v.picklist(["border", "zeros", "reflection"]));

/** Checks of {@link ResamplingOptions}. */
export const resamplingShape = {
  mode: v.optional(modeSchema, "bilinear"),
  paddingMode: v.optional(paddingSchema, "border"),
  alignCorners: v.optional(v.boolean(), false),
};

/** The options for the n-th field of an item. */
export function resamplingFor(
  options: {
    readonly mode: Interpolation | readonly Interpolation[];
    readonly paddingMode: Padding | readonly Padding[];
    readonly alignCorners?: boolean;
  },
  field: number,
): ResampleOptions {
  const { mode, paddingMode, alignCorners = false } = options;
  return { mode: valueFor(mode, field), padding: valueFor(paddingMode, field), alignCorners };
}

/** The same under the names of the public options, to record on the result. */
export function notedResampling({ mode, padding, alignCorners }: ResampleOptions) {
  return { mode, paddingMode: padding, alignCorners };
}

/** The result of a resampling that moves nothing: float32, or the image itself with mode `"nearest"`. */
export function resampledInPlace(volume: Volume, { mode }: Pick<ResampleOptions, "mode">): Volume {
  return mode === "nearest" ? volume : asFloat32(volume);
}
