import { z } from "zod";
import { laplaceContour } from "../../src/kernels/contour.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { allocate } from "../../src/samples.ts";
import { labelChannels } from "../../src/volume/label-channels.ts";
import { widenedRegion } from "../../src/volume/widened-region.ts";

/** Options of {@link labelToContour}. */
export interface LabelToContourOptions {
  /** How contours are found. Default `"Laplace"`, and nothing else yet. */
  readonly kernelType?: "Laplace";
}

/**
 * Keeps the contour of masks: 1 at voxels that have a neighbour outside, also at the image's edge, else 0. Each channel
 * is a mask of 0 and 1; other values give the Laplacian kept between 0 and 1. Shape, affine and element type stay.
 * Deterministic (MONAI: `LabelToContour`).
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
  options: { kernelType: z.literal("Laplace").default("Laplace") },
  aliases: false,
  each: (volume) => {
    const { samples, shape, size } = labelChannels(volume);
    const data = allocate(volume.dtype, samples.length);
    const isFlat = volume.spatialShape.length === 2;
    for (let channel = 0; channel < volume.channels; channel++) {
      laplaceContour(samples, channel * size, shape, isFlat, data);
    }
    return volume.withSamples({ data, layout: "x-fastest" });
  },
  region: (box, { input: { shape } }) => widenedRegion(box, [1, 1, 1], shape),
});
