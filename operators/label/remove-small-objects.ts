import * as v from "valibot";
import { clearComponents, connectedComponents } from "../../src/kernels/components.ts";
import { numberSchema } from "../../src/options.ts";
import type { TypedArray } from "../../src/samples.ts";
import { anyAboveZero, channelOf, labelChannels } from "../../src/volume/label-channels.ts";
import { volumeOperator } from "../declare.ts";
import { connectivitySchema } from "./shared/label-schemas.ts";
import { voxelSize, voxelSizeSchema } from "./shared/voxel-size.ts";

/** Options of {@link removeSmallObjects}. */
export interface RemoveSmallObjectsOptions {
  /** Remove objects smaller than this: in voxels, or in mm³ (mm² in 2D) with `byMeasure`. Default 64. */
  readonly minSize?: number;
  /** Neighbors share a face (1), a face or an edge (2), or also a corner (3). Default 1. */
  readonly connectivity?: number;
  /**
   * Process each channel separately, and each value in it. Default true; false: all voxels above 0 in any channel are
   * one mask.
   */
  readonly independentChannels?: boolean;
  /** Measure objects in mm, by the voxel size, instead of voxels. Default false. */
  readonly byMeasure?: boolean;
  /** Voxel size in mm to measure with: one for all axes or one per axis. Default: the image's. */
  readonly pixdim?: number | readonly number[];
}

/**
 * Sets connected objects that are too small to 0. Shape, affine and element type stay. Deterministic (MONAI:
 * `RemoveSmallObjects`, which treats all voxels of one value as one object where a value is above 1, joins objects across
 * channels, and uses `pixdim` only for images without an affine).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for `pixdim` without `byMeasure`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when `pixdim` is a list of two or three numbers and the image has another
 * number of axes
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
  retains: false,
  options: {
    minSize: v.optional(v.pipe(numberSchema, v.minValue(0)), 64),
    connectivity: v.optional(connectivitySchema, 1),
    independentChannels: v.optional(v.boolean(), true),
    byMeasure: v.optional(v.boolean(), false),
    pixdim: v.optional(voxelSizeSchema),
  },
  rules: [
    {
      test: ({ byMeasure, pixdim }) => byMeasure || pixdim === undefined,
      fault: "pixdim needs byMeasure: true",
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
