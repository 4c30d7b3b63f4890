import * as v from "valibot";
import { clearComponents, connectedComponents, largestComponents } from "../../src/kernels/components.ts";
import { integerSchema } from "../../src/options.ts";
import type { TypedArray } from "../../src/samples.ts";
import { anyAboveZero, channelOf, labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import { volumeOperator } from "../declare.ts";
import { connectivitySchema, labelsSchema } from "./shared/label-schemas.ts";

/** Options of {@link keepLargestConnectedComponent}. */
export interface KeepLargestConnectedComponentOptions {
  /** Labels to process: values, or channels of a one-hot label. Default: all but 0. */
  readonly appliedLabels?: number | readonly number[];
  /** Whether each channel is a label. Default: true if there is more than one channel. */
  readonly isOnehot?: boolean;
  /** Process each label separately. Default true; false: all of them together as one mask. */
  readonly independent?: boolean;
  /**
   * Neighbors share a face (1), a face or an edge (2), or also a corner (3). Default: the number of the image's spatial
   * axes.
   */
  readonly connectivity?: number;
  /** Number of components to keep, the largest ones; 0 removes all. Default 1. */
  readonly numComponents?: number;
}

/**
 * Keeps the largest connected component of labels and sets all smaller ones to 0. Shape, affine and element type stay.
 * Among components of equal size, the one whose first voxel comes first (z fastest) is kept. Deterministic (MONAI:
 * `KeepLargestConnectedComponent`, where the choice depends on its sort).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { keepLargestConnectedComponent } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(keepLargestConnectedComponent({ keys: "pred", appliedLabels: [1, 2] }));
 * ```
 */
export const keepLargestConnectedComponent = volumeOperator<KeepLargestConnectedComponentOptions>()({
  name: "keepLargestConnectedComponent",
  version: 1,
  retains: false,
  options: {
    appliedLabels: v.optional(labelsSchema),
    isOnehot: v.optional(v.boolean()),
    independent: v.optional(v.boolean(), true),
    connectivity: v.optional(connectivitySchema),
    numComponents: v.optional(v.pipe(integerSchema, v.minValue(0)), 1),
  },
  aliases: false,
  each: (volume, { appliedLabels, isOnehot = volume.channels > 1, independent, connectivity, numComponents }) => {
    const label = labelChannels(volume);
    const samples = label.samples.slice();
    /** In the given channels of the result, keeps only the largest components of `mask`. */
    const keepIn = (
      mask: TypedArray,
      channels: readonly number[],
      applies: (value: number) => boolean = () => true,
    ) => {
      const components = connectedComponents(mask, label.shape, connectivity ?? volume.spatialShape.length);
      const largest = largestComponents(components, label.shape, numComponents);
      const isRemoved = (number: number) => !largest.has(number) && applies(components.values[number] ?? 0);
      for (const channel of channels) clearComponents(samples, channel * label.size, components, isRemoved);
    };
    if (isOnehot) {
      const all = appliedLabels ?? Array.from({ length: volume.channels - 1 }, (_, n) => n + 1);
      const channels = all.filter((channel) => channel >= 0 && channel < volume.channels);
      for (const group of independent ? channels.map((channel) => [channel]) : [channels]) {
        keepIn(anyAboveZero(label, group), group);
      }
    } else {
      const selected = appliedLabels && new Set(appliedLabels);
      const applies = (value: number) => value !== 0 && !Number.isNaN(value) && (selected?.has(value) ?? true);
      if (independent) keepIn(channelOf(label, 0), [0], applies);
      else keepIn(maskOf(label, 0, applies), [0]);
    }
    return volume.withSamples({ data: samples, layout: "x-fastest" });
  },
});
