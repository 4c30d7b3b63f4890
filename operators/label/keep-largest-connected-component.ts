import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { connectedComponents, largestComponents } from "../../src/kernels/components.ts";
import { checkOptions, countSchema, fieldShape } from "../../src/options.ts";
import { type LabelChannels, labelChannels, maskOf, valuesIn } from "../../src/volume/label-channels.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link keepLargestConnectedComponent}. */
export interface KeepLargestConnectedComponentOptions<K extends string = never> extends FieldOptions<K> {
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
 * Keeps the largest connected component of labels and sets all smaller ones to 0. Shape, affine and element type stay. Of components of one size
 * the one whose first voxel comes first (z fastest) is kept. Deterministic (MONAI: `KeepLargestConnectedComponent`).
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
export function keepLargestConnectedComponent<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: KeepLargestConnectedComponentOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("keepLargestConnectedComponent", schema, options);
  return volumeTransform<K, T>({
    name: "keepLargestConnectedComponent",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => kept(volume, checked),
  });
}

/** Checks a list of labels: whole numbers. */
export const labelsSchema = z.union([z.int(), z.array(z.int()).min(1)]).transform((given) => [given].flat());

/** Checks how neighbours touch. */
export const connectivitySchema = z.int().min(1).max(3);

const schema = z.strictObject({
  ...fieldShape,
  appliedLabels: labelsSchema.optional(),
  isOnehot: z.boolean().optional(),
  independent: z.boolean().default(true),
  connectivity: connectivitySchema.optional(),
  numComponents: countSchema.default(1),
});

function kept(volume: Volume, options: z.output<typeof schema>): Volume {
  const { isOnehot = volume.channels > 1, independent, numComponents } = options;
  const connectivity = options.connectivity ?? volume.spatialShape.length;
  const label = labelChannels(volume);
  const samples = label.samples.slice();
  const all = isOnehot ? Array.from({ length: volume.channels - 1 }, (_, n) => n + 1) : valuesIn(label, 0);
  const labels = (options.appliedLabels ?? all).filter((one) => !isOnehot || (one >= 0 && one < volume.channels));
  const groups = independent ? labels.map((one) => [one]) : [labels];
  for (const group of groups) {
    const mask = isOnehot ? anyChannel(label, group) : maskOf(label, 0, isIn(group));
    const large = largestComponents(connectedComponents(mask, label.shape, connectivity), label.shape, numComponents);
    for (const channel of isOnehot ? group : [0]) {
      const from = channel * label.size;
      for (let i = 0; i < label.size; i++) if (mask[i] === 1 && large[i] === 0) samples[from + i] = 0;
    }
  }
  return volume.withSamples({ data: samples });
}

function isIn(values: readonly number[]): (value: number) => boolean {
  const set = new Set(values);
  return (value) => set.has(value);
}

/** 1 where any of the channels is above 0. */
function anyChannel(label: LabelChannels, channels: readonly number[]): Uint8Array {
  const mask = new Uint8Array(label.size);
  for (const channel of channels) {
    for (let i = 0, at = channel * label.size; i < label.size; i++, at++) if ((label.samples[at] ?? 0) > 0) mask[i] = 1;
  }
  return mask;
}
