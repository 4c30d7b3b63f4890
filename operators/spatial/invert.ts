import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { integerSchema, nonEmptySchema, numberSchema } from "../../src/options.ts";
import { appliedTo } from "../../src/volume/applied.ts";
import { clearOutside, isCropOf, sharedBox } from "../../src/volume/field-of-view.ts";
import type { Grid } from "../../src/volume/grid.ts";
import type { Applied } from "../../src/volume/meta.ts";
import { resampleOnto } from "../../src/volume/resample-onto.ts";
import type { Interpolation, ResampleOptions } from "../../src/volume/resample-options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./shared/resampling.ts";

/** Options of {@link invert}. `keys` are the fields with the predictions. */
export interface InvertOptions {
  /** Field with the image that the predictions were made from, as the network saw it. Its transforms are undone. */
  readonly origKey: string;
  /** How to interpolate between voxels; one for all keys or one for each. Default `"nearest"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /**
   * What is assumed outside the prediction; one for all keys or one for each. Default `"zeros"`: its outermost voxels
   * reach to their outer edges, half a voxel from their centers, and zeros are beyond.
   */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Brings predictions back into the space of the image as it was read, through every spatial transform that was applied
 * to `origKey`, including random ones. Shape and affine become exactly those of the original; flips, turns, crops and
 * padding are undone voxel by voxel, all resamplings by a single one. Every voxel in the field of view that the network
 * saw gets a value, up to its outer edges; what a crop left out becomes 0, also where padding after the crop was
 * predicted on. Nearest keeps the element type, bilinear
 * returns float32. A prediction needs the shape of `origKey`; its own affine does not matter. Deterministic (MONAI: `Invertd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a prediction of another shape, `VOXRX_NOT_INVERTIBLE` after a
 *   transform that deforms space (elastic, grid distortion), `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { invert } from "voxrx/operators";
 * declare const predictions: Dataset<{ image: Volume; pred: Volume }>;
 * predictions.pipe(invert({ keys: "pred", origKey: "image" }));
 * ```
 */
export const invert = volumeOperator<InvertOptions>()({
  name: "invert",
  version: 4,
  retains: false,
  needsKeys: true,
  keyOptions: ["origKey"],
  options: {
    origKey: nonEmptySchema,
    mode: v.optional(modeSchema, "nearest"),
    paddingMode: v.optional(paddingSchema, "zeros"),
  },
  each: (volume, options, field, { item }) =>
    inverted(volume, volumeOf(item, options.origKey), upToEdges(resamplingFor(options, field))),
});

/**
 * With zeros around it, a prediction must not fade from the centers of its outermost voxels on: the original image has
 * voxels between them and the edges (a spacing of 2 mm leaves some of 1 mm there).
 */
function upToEdges(options: ResampleOptions): ResampleOptions {
  return options.padding === "zeros" ? { ...options, padding: "extent" } : options;
}

/** Returns the prediction on the grid that the image had before any transform. */
function inverted(prediction: Volume, image: Volume, options: ResampleOptions): Volume {
  if (String(prediction.spatialShape) !== String(image.spatialShape)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `the prediction must have the image's shape [${image.spatialShape}], got [${prediction.spatialShape}]`,
      {
        remedy:
          "Set `origKey` to the image as the network saw it, or bring the prediction to its shape first. " +
          "After slidingWindow, stitch the image too: its windows are put together only if it is among the keys of stitch.",
      },
    );
  }
  const steps = appliedTo(image);
  const deformation = steps.find(({ params }) => params.invertible === false);
  if (deformation) {
    throw new PipelineError(
      "VOXRX_NOT_INVERTIBLE",
      `${deformation.name} was applied to the image and cannot be undone`,
      {
        remedy: "Predict on images without this transform: it is for training.",
      },
    );
  }
  const placed = prediction.withAffine(image.affine).withMeta({ applied: [] });
  const [first, ...later] = steps;
  if (!first) return placed;
  const before = gridBefore(first.params, first.name);
  return options.padding === "extent"
    ? seenOnly(placed, before, later, options)
    : resampleOnto(placed, before, options);
}

/**
 * The prediction on a grid, without what was predicted where the network saw no image: a crop left it out, and padding
 * after it put something else there.
 */
function seenOnly(placed: Volume, before: Grid, later: readonly Applied[], options: ResampleOptions): Volume {
  let seen = placed;
  let previous = before;
  const others: Grid[] = [];
  for (const { params } of later) {
    const recorded = v.safeParse(gridSchema, params);
    if (!recorded.success) continue;
    const { shape, affine } = recorded.output;
    const grid = { shape, affine: Float64Array.from(affine) };
    if (isCropOf(previous, grid)) {
      const box = sharedBox(seen, grid);
      if (box) seen = seen.crop(box.start, box.end);
      else others.push(grid);
    }
    previous = grid;
  }
  return others.reduce(clearOutside, resampleOnto(seen, before, options));
}

const gridSchema = v.object({
  shape: v.pipe(v.array(v.pipe(integerSchema, v.minValue(0))), v.minLength(2), v.maxLength(3)),
  affine: v.pipe(v.array(numberSchema), v.length(16)),
});

function gridBefore(params: Readonly<Record<string, unknown>>, name: string): Grid {
  const recorded = v.safeParse(gridSchema, params);
  if (recorded.success) return { shape: recorded.output.shape, affine: Float64Array.from(recorded.output.affine) };
  throw new PipelineError(
    "VOXRX_NOT_INVERTIBLE",
    `the entry of ${name} in meta.applied does not have the grid it was applied to`,
    {
      cause: new v.ValiError(recorded.issues),
      remedy: "Record the grid before the transform in meta.applied, as VoxRx's own transforms do.",
    },
  );
}
