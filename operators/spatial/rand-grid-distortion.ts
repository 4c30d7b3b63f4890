import { z } from "zod";
import type { Padding } from "../../src/kernels/sampling.ts";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { countSchema } from "../../src/options.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { stretched } from "../../src/volume/deform-volume.ts";
import type { Interpolation } from "../../src/volume/resample-volume.ts";
import { modeSchema, paddingSchema, resamplingFor, unmoved } from "./shared/resampling.ts";

/** Options of {@link randGridDistortion}. */
export interface RandGridDistortionOptions extends RandomOptions {
  /** Cells that an axis is cut into: one number for all axes, or one per axis. Default 5. */
  readonly numCells?: number | readonly number[];
  /** What is added to the step 1 of a cell: `[low, high]`, or from -r to r for one number r. Above -1. Default 0.03. */
  readonly distortLimit?: UniformRange;
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Stretches images cell by cell at random: every axis is cut into cells and each cell gets a step of its own, so that
 * the image is finer here and coarser there. All fields of an item are distorted alike with probability `prob`. Shape
 * and affine stay: no affine describes the distortion, which cannot be undone. Bilinear gives float32, also for items
 * that are not chosen; nearest keeps the element type. Random: drawn are whether, and for each axis a step for every
 * cell and one more (MONAI: `RandGridDistortion`, which reads a voxel twice at the border of two cells and so moves the
 * image even by steps of 1; here it stays).
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
  version: 1,
  options: {
    numCells: z.union([countSchema, z.array(countSchema).min(1).max(3)]).default(5),
    distortLimit: rangeSchema
      .refine(([low]) => low > -1, "a step must stay above 0: a limit above -1")
      .default([-0.03, 0.03]),
    mode: modeSchema.default("bilinear"),
    paddingMode: paddingSchema.default("border"),
  },
  draw: (random, { numCells, distortLimit }, [first]) => ({
    distortSteps: (first?.spatialShape ?? []).map((n, axis) => {
      const cells = Math.min(typeof numCells === "number" ? numCells : (numCells[axis] ?? 1), Math.max(n, 1));
      const limits = Array.from({ length: cells + 1 }, () => distortLimit);
      return drawEach(random, limits).map((change) => 1 + change);
    }),
  }),
  apply: (volume, { distortSteps }, options, field) => {
    const resampling = resamplingFor(options, field);
    const { mode, padding: paddingMode } = resampling;
    const params = { distortSteps, mode, paddingMode, invertible: false };
    return withApplied(stretched(volume, distortSteps, resampling), "randGridDistortion", volume, params);
  },
  otherwise: (volume, options, field) => unmoved(volume, resamplingFor(options, field)),
});
