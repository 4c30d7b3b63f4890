import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, countSchema, fieldShape, probabilitySchema } from "../../src/options.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { stretched } from "../../src/volume/deform.ts";
import { asFloat32, type Interpolation } from "../../src/volume/resample.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./rotate.ts";

/** Options of {@link randGridDistortion}. */
export interface RandGridDistortionOptions<K extends string = never> extends FieldOptions<K> {
  /** Cells that an axis is cut into: one number for all axes, or one per axis. Default 5. */
  readonly numCells?: number | readonly number[];
  /** What is added to the step 1 of a cell: `[low, high]`, or from -r to r for one number r. Above -1. Default 0.03. */
  readonly distortLimit?: UniformRange;
  /** Probability that an item is distorted. Default 0.1. */
  readonly prob?: number;
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Stretches images cell by cell at random: every axis is cut into cells and each cell gets a step of its own, so that the image is
 * finer here and coarser there. All fields of an item are distorted alike with probability `prob`. Shape and affine stay: no affine
 * describes the distortion, which cannot be undone. Bilinear gives float32, also for items that are not chosen; nearest keeps the
 * element type. Random: drawn are whether, and for each axis a step for every cell and one more (MONAI: `RandGridDistortion`, which
 * reads a voxel twice at the border of two cells and so moves the image even by steps of 1; here it stays).
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
export function randGridDistortion<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandGridDistortionOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randGridDistortion", schema, options);
  const { numCells, distortLimit, prob } = checked;
  return randomVolumeTransform<{ readonly distortSteps: readonly (readonly number[])[] }, K, T>({
    name: "randGridDistortion",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random, [first]) => ({
      distortSteps: (first?.spatialShape ?? []).map((n, axis) => {
        const cells = Math.min(typeof numCells === "number" ? numCells : (numCells[axis] ?? 1), Math.max(n, 1));
        const steps = drawEach(
          random,
          Array.from({ length: cells + 1 }, () => distortLimit),
        );
        return steps.map((change) => 1 + change);
      }),
    }),
    apply: (volume, { distortSteps }, field) => {
      const resampling = resamplingFor(checked, field);
      const { mode, padding: paddingMode } = resampling;
      const params = { distortSteps, mode, paddingMode, invertible: false };
      return withApplied(stretched(volume, distortSteps, resampling), "randGridDistortion", volume, params);
    },
    otherwise: (volume, field) => (resamplingFor(checked, field).mode === "nearest" ? volume : asFloat32(volume)),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  numCells: z.union([countSchema, z.array(countSchema).min(1).max(3)]).default(5),
  distortLimit: rangeSchema
    .refine(([low]) => low > -1, "a step must stay above 0: a limit above -1")
    .default([-0.03, 0.03]),
  prob: probabilitySchema.default(0.1),
  mode: modeSchema,
  paddingMode: paddingSchema.default("border"),
});
