import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { laplaceContour } from "../../src/kernels/contour.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { labelChannels } from "../../src/volume/label-channels.ts";
import { allocate } from "../../src/volume/samples.ts";

/** Options of {@link labelToContour}. */
export interface LabelToContourOptions<K extends string = never> extends FieldOptions<K> {
  /** How contours are found. Default `"Laplace"`, and nothing else yet. */
  readonly kernelType?: "Laplace";
}

/**
 * Keeps the contour of masks: 1 at voxels that have a neighbour outside, also at the image's edge, else 0. Channels are masks of their own, of 0 and 1;
 * other values give the Laplacian kept between 0 and 1. Shape, affine and element type stay. Deterministic (MONAI: `LabelToContour`).
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
export function labelToContour<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: LabelToContourOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("labelToContour", schema, options);
  return volumeTransform<K, T>({
    name: "labelToContour",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => {
      const { samples, shape, size } = labelChannels(volume);
      const data = allocate(volume.dtype, samples.length);
      const isFlat = volume.spatialShape.length === 2;
      for (let channel = 0; channel < volume.channels; channel++) {
        laplaceContour(samples, channel * size, shape, isFlat, data);
      }
      return volume.withSamples({ data });
    },
  });
}

const schema = z.strictObject({ ...fieldShape, kernelType: z.literal("Laplace").default("Laplace") });
