import * as v from "valibot";
import type { Padding } from "../../src/kernels/sampling.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { countSchema } from "../../src/options.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { distorted } from "../../src/volume/deform-volume.ts";
import { perAxis } from "../../src/volume/per-axis.ts";
import type { Interpolation } from "../../src/volume/resample-options.ts";
import { randomVolumeOperator } from "../declare.ts";
import { modeSchema, paddingSchema, resampledInPlace, resamplingFor } from "./shared/resampling.ts";

/** Options of {@link randGridDistortion}. */
export interface RandGridDistortionOptions extends RandomOptions {
  /** Number of cells along an axis: one number for all axes, or one per axis. Default 5. */
  readonly numCells?: number | readonly number[];
  /** What to add to a cell's step of 1: `[low, high]`, or one number r for -r to r. Above -1. Default 0.03. */
  readonly distortLimit?: UniformRange;
  /** How to interpolate between voxels; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Stretches images cell by cell at random: every axis is divided into cells and each cell gets its own step, so that
 * parts of the image are stretched and others are compressed. All fields of an item are distorted in the same way with
 * probability `prob`. Shape and affine stay, since no affine can describe the distortion. It cannot be undone. Bilinear
 * returns float32, also for items that are not chosen; nearest keeps the element type. Random: draws whether to apply
 * it, and for each axis a step for every cell and one more (MONAI: `RandGridDistortion`, which reads a voxel twice at
 * the border of two cells, so that even steps of 1 move the image; here they don't).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randGridDistortion } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randGridDistortion({ keys: ["image", "label"], distortLimit: 0.1, mode: ["bilinear", "nearest"] }));
 * ```
 */
export const randGridDistortion = randomVolumeOperator<RandGridDistortionOptions>()({
  name: "randGridDistortion",
  version: 3,
  retains: false,
  options: {
    numCells: v.optional(v.union([countSchema, v.pipe(v.array(countSchema), v.minLength(1), v.maxLength(3))]), 5),
    distortLimit: v.optional(
      v.pipe(
        rangeSchema,
        v.check(([low]) => low > -1, "a step must stay above 0: a limit above -1"),
      ),
      [-0.03, 0.03],
    ),
    mode: v.optional(modeSchema, "bilinear"),
    paddingMode: v.optional(paddingSchema, "border"),
  },
  draw: (random, { numCells, distortLimit }, [first]) => {
    const shape = first?.spatialShape ?? [];
    const distortSteps = perAxis("numCells", numCells, shape).map((wanted, axis) => {
      const cells = Math.min(wanted, Math.max(shape[axis] ?? 1, 1));
      const limits = Array.from({ length: cells + 1 }, () => distortLimit);
      return drawEach(random, limits).map((change) => 1 + change);
    });
    return { distortSteps };
  },
  apply: (volume, { distortSteps }, options, field) => {
    const resampling = resamplingFor(options, field);
    const { mode, padding: paddingMode } = resampling;
    const params = { distortSteps, mode, paddingMode, invertible: false };
    return withApplied(distorted(volume, distortSteps, resampling), "randGridDistortion", volume, params);
  },
  otherwise: (volume, options, field) => resampledInPlace(volume, resamplingFor(options, field)),
});
