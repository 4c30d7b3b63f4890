import { fillEnclosed } from "../../src/kernels/fill-enclosed.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import type { TypedArray } from "../../src/samples.ts";
import { channelOf, labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import { connectivitySchema, labelsSchema } from "./shared/label-schemas.ts";

/** Options of {@link fillHoles}. */
export interface FillHolesOptions {
  /** Labels whose holes are filled: values, or channels of a one-hot label. Default: all but 0. */
  readonly appliedLabels?: number | readonly number[];
  /**
   * How what is outside gets in: through faces (1), edges too (2), corners too (3). Default: all of the image's axes.
   */
  readonly connectivity?: number;
}

/**
 * Fills what a label encloses: voxels that can't be reached from outside of the image without crossing the label get
 * its value, whatever they were (of a one-hot label 1 in its channel). Labels are taken in ascending order. Shape,
 * affine and element type stay. Deterministic (MONAI: `FillHoles`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { fillHoles } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(fillHoles({ keys: "pred", appliedLabels: 1 }));
 * ```
 */
export const fillHoles = volumeOperator<FillHolesOptions>()({
  name: "fillHoles",
  version: 1,
  options: { appliedLabels: labelsSchema.optional(), connectivity: connectivitySchema.optional() },
  aliases: false,
  each: (volume, { appliedLabels, connectivity }) => {
    const label = labelChannels(volume);
    const samples = label.samples.slice();
    const rank = volume.spatialShape.length;
    const named = appliedLabels && new Set(appliedLabels);
    const fill = (own: TypedArray, applies: (value: number) => boolean) =>
      fillEnclosed(own, label.shape, connectivity ?? rank, rank === 2, applies);
    if (volume.channels === 1) {
      fill(samples, (value) => named?.has(value) ?? true);
      return volume.withSamples({ data: samples, layout: "x-fastest" });
    }
    for (let channel = 1; channel < volume.channels; channel++) {
      if (named && !named.has(channel)) continue;
      const mask = maskOf(label, channel, (value) => value !== 0);
      fill(mask, () => true);
      const own = channelOf({ ...label, samples }, channel);
      for (let i = 0; i < mask.length; i++) if (mask[i] === 1 && own[i] === 0) own[i] = 1;
    }
    return volume.withSamples({ data: samples, layout: "x-fastest" });
  },
});
