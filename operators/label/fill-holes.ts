import * as v from "valibot";
import { fillEnclosed } from "../../src/kernels/fill-enclosed.ts";
import type { TypedArray } from "../../src/samples.ts";
import { channelOf, labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import { volumeOperator } from "../declare.ts";
import { connectivitySchema, labelsSchema } from "./shared/label-schemas.ts";

/** Options of {@link fillHoles}. */
export interface FillHolesOptions {
  /** Labels whose holes are filled: values, or channels of a one-hot label. Default: all but 0. */
  readonly appliedLabels?: number | readonly number[];
  /**
   * Which neighbors connect the background to the outside: those that share a face (1), also an edge (2), also a corner
   * (3). Default: the number of the image's spatial axes.
   */
  readonly connectivity?: number;
}

/**
 * Fills the holes of labels: voxels that can't be reached from outside the image without crossing the label get its
 * value, whatever value they had (in a one-hot label, 1 in its channel). Labels are processed in ascending order.
 * Shape, affine and element type stay. Deterministic (MONAI: `FillHoles`).
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
  retains: false,
  options: { appliedLabels: v.optional(labelsSchema), connectivity: v.optional(connectivitySchema) },
  aliases: false,
  each: (volume, { appliedLabels, connectivity }) => {
    const label = labelChannels(volume);
    const samples = label.samples.slice();
    const rank = volume.spatialShape.length;
    const selected = appliedLabels && new Set(appliedLabels);
    const fill = (own: TypedArray, applies: (value: number) => boolean) =>
      fillEnclosed(own, label.shape, connectivity ?? rank, rank === 2, applies);
    if (volume.channels === 1) {
      fill(samples, (value) => selected?.has(value) ?? true);
      return volume.withSamples({ data: samples, layout: "x-fastest" });
    }
    for (let channel = 1; channel < volume.channels; channel++) {
      if (selected && !selected.has(channel)) continue;
      const mask = maskOf(label, channel, (value) => value !== 0);
      fill(mask, () => true);
      const own = channelOf({ ...label, samples }, channel);
      for (let i = 0; i < mask.length; i++) if (mask[i] === 1 && own[i] === 0) own[i] = 1;
    }
    return volume.withSamples({ data: samples, layout: "x-fastest" });
  },
});
