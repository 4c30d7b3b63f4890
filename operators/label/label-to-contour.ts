import * as v from "valibot";
import { laplaceContour } from "../../src/kernels/contour.ts";
import { resultZeros } from "../../src/memory/result-memory.ts";
import { labelChannels } from "../../src/volume/label-channels.ts";
import { widenedRegion } from "../../src/volume/widened-region.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link labelToContour}. */
export interface LabelToContourOptions {
  /** How to find contours. Default `"Laplace"`, which is the only choice so far. */
  readonly kernelType?: "Laplace";
}

/**
 * Keeps the contour of masks: 1 at mask voxels that have a neighbor outside the mask, also at the image's edge, else 0.
 * Each channel is a mask of 0 and 1; for other values the result is the Laplacian, clipped to 0 to 1. Shape, affine and
 * element type stay. Deterministic (MONAI: `LabelToContour`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { labelToContour } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(labelToContour({ keys: "pred" }));
 * ```
 */
export const labelToContour = volumeOperator<LabelToContourOptions>()({
  name: "labelToContour",
  version: 1,
  retains: false,
  options: { kernelType: v.optional(v.literal("Laplace"), "Laplace") },
  aliases: false,
  each: (volume) => {
    const { samples, shape, size } = labelChannels(volume);
    const data = resultZeros(volume.dtype, samples.length);
    const isFlat = volume.spatialShape.length === 2;
    for (let channel = 0; channel < volume.channels; channel++) {
      laplaceContour(samples, channel * size, shape, isFlat, data);
    }
    return volume.withSamples({ data, layout: "x-fastest" });
  },
  region: (box, { input: { shape } }) => widenedRegion(box, [1, 1, 1], shape),
});
