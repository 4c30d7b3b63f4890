import * as v from "valibot";
import type { VolumeOperator } from "../../src/operator/field-types.ts";
import type { FieldOptions } from "../../src/operator/fields.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import { fieldShape, nonEmptySchema } from "../../src/options.ts";
import { gatherStage } from "../../src/plan/many-to-one-stage.ts";
import { optionsText } from "../../src/plan/transform.ts";
import { Stitcher } from "./shared/stitcher.ts";

/** Options of {@link stitch}. */
export interface StitchOptions {
  /**
   * Field that says which patch an item is, for predictions that do not say it themselves. Default: the first field
   * that does.
   */
  readonly origKey?: string;
}

/**
 * Combines the patches of {@link slidingWindow} into whole images, several items into one: where patches overlap, the
 * result is the weighted mean of their values. It has the id, shape and world position of the image, as many channels
 * as the patches, and float32 samples. The other fields are those of the first patch of the item, also the image
 * itself, unless it is stitched too (`keys: ["image", "pred"]`). Patches must come one item after another and in the
 * order in which they were cut; one volume for each field is held at a time. An item whose patches do not make a whole
 * image fails once, and the next item goes on. Items without any of the fields pass unchanged, if fields can be
 * missing. Deterministic (MONAI: `sliding_window_inference`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_BROKEN_WINDOWS` for a patch that is missing, doubled, out of order or flipped;
 * `VOXRX_SHAPE_MISMATCH` for a prediction whose size differs from that of its patch; `VOXRX_TOO_LARGE` for a result of
 * more than 2^30 samples; `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
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
 *   stitch({ keys: "pred", origKey: "image" }),
 * );
 * ```
 */
export const stitch = stageOperator<StitchOptions & FieldOptions, VolumeOperator<StitchOptions, "origKey", false>>()({
  name: "stitch",
  version: 2,
  options: { ...fieldShape, origKey: v.optional(nonEmptySchema) },
  stage(input, options) {
    const detail = optionsText(options);
    return gatherStage(input, {
      text: { name: "stitch", ...(detail === undefined ? {} : { detail }), notes: ["several items to one"] },
      identity: { name: "stitch", version: 2, options },
      gatherer: () => new Stitcher(options),
    });
  },
});
