import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { clearComponents, connectedComponents } from "../../src/kernels/components.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { anyAboveZero, channelOf, labelChannels } from "../../src/volume/label-channels.ts";
import type { TypedArray } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { voxelSize, voxelSizeSchema } from "./distance-transform-edt.ts";
import { connectivitySchema } from "./keep-largest-connected-component.ts";

/** Options of {@link removeSmallObjects}. */
export interface RemoveSmallObjectsOptions<K extends string = never> extends FieldOptions<K> {
  /** Objects smaller than this go: in voxels, or in mm³ (mm² in 2D) with `byMeasure`. Default 64. */
  readonly minSize?: number;
  /** Neighbours share a face (1), a face or an edge (2), or a corner too (3). Default 1. */
  readonly connectivity?: number;
  /** Each channel by itself, and in it each value. Default true; false: whatever is above 0 in any channel is one mask. */
  readonly independentChannels?: boolean;
  /** Measure objects by the voxel size. Default false. */
  readonly byMeasure?: boolean;
  /** Voxel size in mm, one for all axes or one per axis, to measure with. Default: the image's. */
  readonly pixdim?: number | readonly number[];
}

/**
 * Sets connected objects that are too small to 0. Shape, affine and element type stay. Deterministic (MONAI: `RemoveSmallObjects`, which takes all
 * voxels of one value for one object, joins objects across channels, and heeds `pixdim` only for images without an affine).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for `pixdim` without `byMeasure`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a list of voxel sizes that has not one for each axis
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

const schema = z
  .strictObject({
    ...fieldShape,
    minSize: z.number().min(0).default(64),
    connectivity: connectivitySchema.default(1),
    independentChannels: z.boolean().default(true),
    byMeasure: z.boolean().default(false),
    pixdim: voxelSizeSchema.optional(),
  })
  .refine(({ byMeasure, pixdim }) => byMeasure || pixdim === undefined, "pixdim says nothing without byMeasure");

function cleaned(volume: Volume, options: z.output<typeof schema>): Volume {
  const { minSize, connectivity, independentChannels, byMeasure, pixdim } = options;
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
  return volume.withSamples({ data: samples });
}
