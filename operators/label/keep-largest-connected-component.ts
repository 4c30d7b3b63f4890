import { z } from "zod";
import { clearComponents, connectedComponents, largestComponents } from "../../src/kernels/components.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { countSchema } from "../../src/options.ts";
import type { TypedArray } from "../../src/samples.ts";
import { anyAboveZero, channelOf, labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import { connectivitySchema, labelsSchema } from "./shared/label-schemas.ts";

/** Options of {@link keepLargestConnectedComponent}. */
export interface KeepLargestConnectedComponentOptions {
  /** Labels that are worked on: values, or channels of a one-hot label. Default: all but 0. */
  readonly appliedLabels?: number | readonly number[];
  /** Whether channels are labels. Default: if there is more than one channel. */
  readonly isOnehot?: boolean;
  /** Work on each label by itself. Default true; false: on all of them together as one mask. */
  readonly independent?: boolean;
  /** Neighbours share a face (1), a face or an edge (2), or a corner too (3). Default: all of the image's axes. */
  readonly connectivity?: number;
  /** Components that are kept, the largest ones. Default 1. */
  readonly numComponents?: number;
}

/**
 * Keeps the largest connected component of labels and sets all smaller ones to 0. Shape, affine and element type stay.
 * Of components of one size the one whose first voxel comes first (z fastest) is kept. Deterministic (MONAI:
 * `KeepLargestConnectedComponent`, whose choice among equals is its sort's).
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
  options: {
    appliedLabels: labelsSchema.optional(),
    isOnehot: z.boolean().optional(),
    independent: z.boolean().default(true),
    connectivity: connectivitySchema.optional(),
    numComponents: countSchema.default(1),
  },
  aliases: false,
  each: (volume, { appliedLabels, isOnehot = volume.channels > 1, independent, connectivity, numComponents }) => {
    const label = labelChannels(volume);
    const samples = label.samples.slice();
    /** Leaves the largest components of what is in `mask`, in some channels of the result. */
    const keepIn = (
      mask: TypedArray,
      channels: readonly number[],
      applies: (value: number) => boolean = () => true,
    ) => {
      const components = connectedComponents(mask, label.shape, connectivity ?? volume.spatialShape.length);
      const largest = largestComponents(components, label.shape, numComponents);
      const goes = (number: number) => !largest.has(number) && applies(components.values[number] ?? 0);
      for (const channel of channels) clearComponents(samples, channel * label.size, components, goes);
    };
    if (isOnehot) {
      const all = appliedLabels ?? Array.from({ length: volume.channels - 1 }, (_, n) => n + 1);
      const channels = all.filter((channel) => channel >= 0 && channel < volume.channels);
      for (const group of independent ? channels.map((channel) => [channel]) : [channels]) {
        keepIn(anyAboveZero(label, group), group);
      }
    } else {
      const named = appliedLabels && new Set(appliedLabels);
      const applies = (value: number) => value !== 0 && !Number.isNaN(value) && (named?.has(value) ?? true);
      if (independent) keepIn(channelOf(label, 0), [0], applies);
      else keepIn(maskOf(label, 0, applies), [0]);
    }
    return volume.withSamples({ data: samples, layout: "x-fastest" });
  },
});
