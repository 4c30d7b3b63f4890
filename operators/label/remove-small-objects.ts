import { z } from "zod";
import { clearComponents, connectedComponents } from "../../src/kernels/components.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import type { TypedArray } from "../../src/samples.ts";
import { anyAboveZero, channelOf, labelChannels } from "../../src/volume/label-channels.ts";
import { connectivitySchema } from "./shared/label-schemas.ts";
import { voxelSize, voxelSizeSchema } from "./shared/voxel-size.ts";

/** Options of {@link removeSmallObjects}. */
export interface RemoveSmallObjectsOptions {
  /** Objects smaller than this go: in voxels, or in mm³ (mm² in 2D) with `byMeasure`. Default 64. */
  readonly minSize?: number;
  /** Neighbours share a face (1), a face or an edge (2), or a corner too (3). Default 1. */
  readonly connectivity?: number;
  /**
   * Each channel by itself, and in it each value. Default true; false: whatever is above 0 in any channel is one mask.
   */
  readonly independentChannels?: boolean;
  /** Measure objects by the voxel size. Default false. */
  readonly byMeasure?: boolean;
  /** Voxel size in mm, one for all axes or one per axis, to measure with. Default: the image's. */
  readonly pixdim?: number | readonly number[];
}

/**
 * Sets connected objects that are too small to 0. Shape, affine and element type stay. Deterministic (MONAI:
 * `RemoveSmallObjects`, which takes all voxels of one value for one object, joins objects across channels, and heeds
 * `pixdim` only for images without an affine).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for `pixdim` without `byMeasure`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a list of voxel sizes that does not have one for each axis
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { removeSmallObjects } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(removeSmallObjects({ keys: "pred", minSize: 500, byMeasure: true }));
 * ```
 */
export const removeSmallObjects = volumeOperator<RemoveSmallObjectsOptions>()({
  name: "removeSmallObjects",
  version: 1,
  options: {
    minSize: z.number().min(0).default(64),
    connectivity: connectivitySchema.default(1),
    independentChannels: z.boolean().default(true),
    byMeasure: z.boolean().default(false),
    pixdim: voxelSizeSchema.optional(),
  },
  rules: [
    {
      test: ({ byMeasure, pixdim }) => byMeasure || pixdim === undefined,
      fault: "pixdim says nothing without byMeasure",
    },
  ],
  aliases: false,
  each: (volume, { minSize, connectivity, independentChannels, byMeasure, pixdim }) => {
    const voxel = byMeasure ? voxelSize(volume, pixdim ?? volume.spacing).reduce((product, mm) => product * mm, 1) : 1;
    const least = minSize / voxel;
    const label = labelChannels(volume);
    const samples = label.samples.slice();
    const channels = Array.from({ length: volume.channels }, (_, channel) => channel);
    const remove = (mask: TypedArray, from: readonly number[]) => {
      const components = connectedComponents(mask, label.shape, connectivity);
      const isSmall = (number: number) => (components.sizes[number] ?? 0) < least;
      for (const channel of from) clearComponents(samples, channel * label.size, components, isSmall);
    };
    if (independentChannels) for (const channel of channels) remove(channelOf(label, channel), [channel]);
    else remove(anyAboveZero(label, channels), channels);
    return volume.withSamples({ data: samples, layout: "x-fastest" });
  },
});
