/** Options of operators that resample. */
import * as v from "valibot";
import type { Padding } from "../../../src/kernels/sampling.ts";
import { perField, roiSizeSchema, valueFor } from "../../../src/options.ts";
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

/** Checks the size of a result: one number for all axes, or one per axis; -1 keeps the image's. */
export const spatialSizeSchema = v.pipe(
  roiSizeSchema,
  v.check((size) => ![size].flat().includes(0), "an image has no axis of 0 voxels"),
);

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
