import { z } from "zod";
import type { VolumeOperator } from "../../src/operator/field-types.ts";
import type { FieldOptions } from "../../src/operator/fields.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import { fieldShape } from "../../src/options.ts";
import { gatherStage } from "../../src/plan/many-to-one-stage.ts";
import { optionsText } from "../../src/plan/transform.ts";
import { Stitcher } from "./shared/stitcher.ts";

/** Options of {@link stitch}. */
export interface StitchOptions {
  /** Field that says which window an item is, for predictions that do not say it themselves. Default: the first field that does. */
  readonly of?: string;
}

/**
 * Puts the windows of {@link slidingWindow} together again, several items to one: where they overlap, the mean of their values by
 * weight. The result has the id, shape and place of the image, as many channels as the windows have, and float32 samples. Other fields
 * are those of the item's first window: so is the image itself, unless it is stitched too (`keys: ["image", "pred"]`). Windows come one
 * item after another and in order, as they were cut; one volume for each field is held at a time. An item whose windows do not make a
 * whole fails once, and the next one goes on. Items without any of the fields, where they may be missing, pass as they are.
 * Deterministic (MONAI: `sliding_window_inference`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_BROKEN_WINDOWS` for a window that is missing, doubled, out of order, or flipped; `VOXRX_SHAPE_MISMATCH`
 * for a prediction of another size than its window; `VOXRX_TOO_LARGE` for a whole of more than 2^30 samples; `VOXRX_MISSING_KEY`,
 * `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import type { Dataset, Tensor, Volume } from "voxrx";
 * import { batch, mapAsync, slidingWindow, stitch, unbatch } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * declare function predict(image: Tensor): Promise<Tensor>;
 * scans.pipe(
 *   slidingWindow({ keys: "image", roiSize: 96 }),
 *   batch(4),
 *   mapAsync(async ({ image }) => ({ image, pred: await predict(image) })),
 *   unbatch(),
 *   stitch({ keys: "pred", of: "image" }),
 * );
 * ```
 */
export const stitch = stageOperator<StitchOptions & FieldOptions, VolumeOperator<StitchOptions, "of", false>>()({
  name: "stitch",
  version: 1,
  options: { ...fieldShape, of: z.string().min(1).optional() },
  stage(input, options) {
    const detail = optionsText(options);
    return gatherStage(input, {
      text: { name: "stitch", ...(detail === undefined ? {} : { detail }), notes: ["several items to one"] },
      identity: { name: "stitch", version: 1, options },
      gatherer: () => new Stitcher(options),
    });
  },
});
