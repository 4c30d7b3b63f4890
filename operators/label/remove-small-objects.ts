import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { connectedComponents } from "../../src/kernels/components.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { labelChannels, maskOf, valuesIn } from "../../src/volume/label-channels.ts";
import type { TypedArray } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { connectivitySchema } from "./keep-largest-connected-component.ts";

/** Options of {@link removeSmallObjects}. */
export interface RemoveSmallObjectsOptions<K extends string = never> extends FieldOptions<K> {
  /** Objects smaller than this go: in voxels, or in mm³ (mm² in 2D) with `byMeasure`. Default 64. */
  readonly minSize?: number;
  /** Neighbours share a face (1), a face or an edge (2), or a corner too (3). Default 1. */
  readonly connectivity?: number;
  /** Each channel by itself, and in it each value. Default true; false: whatever is above 0 in any channel is one mask. */
  readonly independentChannels?: boolean;
  /** Measure objects by the image's voxel size. Default false. */
  readonly byMeasure?: boolean;
}

/**
 * Sets connected objects that are too small to 0. Shape, affine and element type stay. Deterministic (MONAI: `RemoveSmallObjects`, which takes all
 * voxels of one value for one object, and joins objects across channels).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { removeSmallObjects } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(removeSmallObjects({ keys: "pred", minSize: 500, byMeasure: true }));
 * ```
 */
export function removeSmallObjects<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RemoveSmallObjectsOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("removeSmallObjects", schema, options);
  return volumeTransform<K, T>({
    name: "removeSmallObjects",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => cleaned(volume, checked),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  minSize: z.number().min(0).default(64),
  connectivity: connectivitySchema.default(1),
  independentChannels: z.boolean().default(true),
  byMeasure: z.boolean().default(false),
});

function cleaned(volume: Volume, options: z.output<typeof schema>): Volume {
  const { connectivity, independentChannels, byMeasure } = options;
  const voxel = volume.spacing.reduce((product, size) => product * size, 1);
  const least = byMeasure ? options.minSize / voxel : options.minSize;
  const label = labelChannels(volume);
  const samples = label.samples.slice();
  const channels = Array.from({ length: volume.channels }, (_, channel) => channel);
  const remove = (mask: Uint8Array, from: readonly number[]) => {
    const { labels, sizes } = connectedComponents(mask, label.shape, connectivity);
    for (const channel of from) clear(samples, channel * label.size, labels, sizes, least);
  };
  if (!independentChannels) {
    const mask = new Uint8Array(label.size);
    for (const channel of channels)
      maskOf(label, channel, (value) => value > 0).forEach((one, i) => {
        if (one === 1) mask[i] = 1;
      });
    remove(mask, channels);
  } else {
    for (const channel of channels) {
      for (const own of valuesIn(label, channel)) {
        remove(
          maskOf(label, channel, (value) => value === own),
          [channel],
        );
      }
    }
  }
  return volume.withSamples({ data: samples });
}

function clear(samples: TypedArray, from: number, labels: Int32Array, sizes: readonly number[], least: number): void {
  for (const [i, number] of labels.entries()) if (number > 0 && (sizes[number] ?? 0) < least) samples[from + i] = 0;
}
