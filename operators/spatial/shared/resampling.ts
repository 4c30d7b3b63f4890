/** Options of operators that resample. */
import { z } from "zod";
import type { Padding } from "../../../src/kernels/sampling.ts";
import { perField, roiSizeSchema, valueFor } from "../../../src/options.ts";
import { asFloat32, type Interpolation, type ResampleOptions } from "../../../src/volume/resample-volume.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** How values of a resampled image are found. */
export interface ResamplingOptions {
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** Where `"reflection"` mirrors: at the outermost voxels' centres instead of their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

/** Checks how values between voxels are found. */
export const modeSchema = perField(z.enum(["bilinear", "nearest"]));

/** Checks what is assumed outside of an image. */
export const paddingSchema = perField(z.enum(["border", "zeros", "reflection"]));

/** Checks of {@link ResamplingOptions}. */
export const resamplingShape = {
  mode: modeSchema.default("bilinear"),
  paddingMode: paddingSchema.default("border"),
  alignCorners: z.boolean().default(false),
};

/** Checks the size of a result: one number for all axes, or one per axis; -1 keeps the image's. */
export const spatialSizeSchema = roiSizeSchema.refine(
  (size) => ![size].flat().includes(0),
  "an image has no axis of 0 voxels",
);

/** What is asked for the n-th field of an item. */
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

/** The same in the words of the options, to note on the result. */
export function notedResampling({ mode, padding, alignCorners }: ResampleOptions) {
  return { mode, paddingMode: padding, alignCorners };
}

/** The image as a resampling gives it that moves nothing: in float32, unless it takes the nearest voxels. */
export function unmoved(volume: Volume, { mode }: Pick<ResampleOptions, "mode">): Volume {
  return mode === "nearest" ? volume : asFloat32(volume);
}
