import * as v from "valibot";
import { distanceTransform } from "../../src/kernels/distance.ts";
import { resultSamples } from "../../src/memory/result-memory.ts";
import { labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import { volumeOperator } from "../declare.ts";
import { voxelSize, voxelSizeSchema } from "./shared/voxel-size.ts";

/** Options of {@link distanceTransformEDT}. */
export interface DistanceTransformEDTOptions {
  /**
   * Distance between neighbors along each axis: one number, one per axis, or `"spacing"` for the image's voxel size in
   * mm. Default 1.
   */
  readonly sampling?: number | readonly number[] | "spacing";
}

/**
 * Replaces every voxel that is not 0 with its exact Euclidean distance to the nearest voxel that is 0, each channel
 * separately. Voxels of 0 stay 0; in a channel without a 0, distances are infinite. Shape and affine stay; the result
 * is float32. Deterministic (Felzenszwalb and Huttenlocher 2012; MONAI: `DistanceTransformEDT`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when `sampling` is a list of two or three numbers and the image has
 * another number of axes
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { distanceTransformEDT } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(distanceTransformEDT({ keys: "label", sampling: "spacing" }));
 * ```
 */
export const distanceTransformEDT = volumeOperator<DistanceTransformEDTOptions>()({
  name: "distanceTransformEDT",
  version: 1,
  retains: false,
  options: { sampling: v.optional(v.union([voxelSizeSchema, v.literal("spacing")]), 1) },
  aliases: false,
  each: (volume, { sampling }) => {
    const label = labelChannels(volume);
    const spacing = voxelSize(volume, sampling === "spacing" ? volume.spacing : sampling);
    const data = resultSamples("float32", label.size * volume.channels);
    for (let channel = 0; channel < volume.channels; channel++) {
      const mask = maskOf(label, channel, (value) => value !== 0);
      data.set(distanceTransform(mask, label.shape, spacing), channel * label.size);
    }
    return volume.withSamples({ data, layout: "x-fastest" });
  },
});
