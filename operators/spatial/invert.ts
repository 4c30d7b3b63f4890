import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { appliedTo } from "../../src/volume/applied.ts";
import type { Grid } from "../../src/volume/grid.ts";
import { resampleOnto } from "../../src/volume/resample-onto.ts";
import type { Interpolation, ResampleOptions } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./shared/resampling.ts";

/** Options of {@link invert}. `keys` name the fields that hold predictions. */
export interface InvertOptions {
  /** Field that holds the image that they were made of, as the network saw it: what was done to it is undone. */
  readonly of: string;
  /** How values between voxels are found; one for all keys or one for each. Default `"nearest"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed where the prediction does not reach; one for all keys or one for each. Default `"zeros"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Brings predictions back into the space of the image that was read: through every spatial transform that was applied
 * to `of`, drawn ones too. Shape and affine become exactly those of before; flips, turns, crops and padding are undone
 * voxel by voxel, resamplings by one resampling for all. Nearest keeps the element type, bilinear gives float32. A
 * prediction needs the shape of `of`; its own affine does not matter. Deterministic (MONAI: `Invertd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a prediction of another shape, `VOXRX_NOT_INVERTIBLE` after a
 * transform that bends space (elastic, grid distortion), `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { invert } from "voxrx/operators";
 * declare const predictions: Dataset<{ image: Volume; pred: Volume }>;
 * predictions.pipe(invert({ keys: "pred", of: "image" }));
 * ```
 */
export const invert = volumeOperator<InvertOptions>()({
  name: "invert",
  version: 1,
  needsKeys: true,
  keyOptions: ["of"],
  options: {
    of: z.string().min(1),
    mode: modeSchema.default("nearest"),
    paddingMode: paddingSchema.default("zeros"),
  },
  each: (volume, options, field, { item }) =>
    inverted(volume, volumeOf(item, options.of), resamplingFor(options, field)),
});

/** The prediction on the grid that the image had before anything was applied to it. */
function inverted(prediction: Volume, image: Volume, options: ResampleOptions): Volume {
  if (String(prediction.spatialShape) !== String(image.spatialShape)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `a prediction of [${prediction.spatialShape}] does not lie on the image of [${image.spatialShape}]`,
      { remedy: "Give the image as the network saw it with `of`, or bring the prediction to its shape first." },
    );
  }
  const steps = appliedTo(image);
  const bent = steps.find(({ params }) => params.invertible === false);
  if (bent) {
    throw new PipelineError("VOXRX_NOT_INVERTIBLE", `${bent.name} was applied to the image, which cannot be undone`, {
      remedy: "Predict on images without it: it is for training.",
    });
  }
  const placed = prediction.withAffine(image.affine).withMeta({ applied: [] });
  const [first] = steps;
  return first ? resampleOnto(placed, gridBefore(first.params, first.name), options) : placed;
}

const gridSchema = z.object({ shape: z.array(z.int().min(0)).min(2).max(3), affine: z.array(z.number()).length(16) });

function gridBefore(params: Readonly<Record<string, unknown>>, name: string): Grid {
  const noted = gridSchema.safeParse(params);
  if (noted.success) return { shape: noted.data.shape, affine: Float64Array.from(noted.data.affine) };
  throw new PipelineError("VOXRX_NOT_INVERTIBLE", `the trace of ${name} does not say which grid it was applied to`, {
    cause: noted.error,
    remedy: "Note the grid before in meta.applied, as the transforms of VoxRx do.",
  });
}
