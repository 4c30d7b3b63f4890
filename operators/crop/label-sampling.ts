/** What the crops that are drawn by a label have in common: their options, and the fields that they look at. */
import { z } from "zod";
import { volumeOf } from "../../src/dataset/fields.ts";
import type { ClassGate } from "../../src/kernels/class-map.ts";
import { countSchema, fieldShape, keysSchema, roiSizeSchema } from "../../src/options.ts";
import { commonShape } from "../../src/volume/shared-shape.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options that all crops by label have. */
export interface LabelSamplingOptions {
  /** Field that holds the label. */
  readonly labelKey: string;
  /** Size in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. */
  readonly spatialSize: number | readonly number[];
  /** Crops of each item. Default 1. */
  readonly numSamples?: number;
  /** Field that holds an image: only where it is above `imageThreshold` is anything drawn but foreground. Default: everywhere. */
  readonly imageKey?: string;
  /** See `imageKey`; in any channel. Default 0. */
  readonly imageThreshold?: number;
  /** Cut what is there of an image smaller than `spatialSize`. Default false: that is an error. */
  readonly allowSmaller?: boolean;
}

/** The schema of {@link LabelSamplingOptions} and of the fields. */
export const labelSamplingShape = {
  ...fieldShape,
  keys: keysSchema,
  labelKey: z.string().min(1),
  spatialSize: roiSizeSchema.refine((size) => ![size].flat().includes(0), "a crop has no axis of 0 voxels"),
  numSamples: countSchema.default(1),
  imageKey: z.string().min(1).optional(),
  imageThreshold: z.number().default(0),
  allowSmaller: z.boolean().default(false),
};

/** The label of an item, and its image if it has a say; all volumes must agree in shape. */
export function labelAndGate(
  item: unknown,
  volumes: readonly Volume[],
  options: Pick<LabelSamplingOptions, "labelKey" | "imageKey" | "imageThreshold">,
): { readonly label: Volume; readonly gate: ClassGate | undefined; readonly shape: readonly number[] } {
  const label = volumeOf(item, options.labelKey);
  const image = options.imageKey === undefined ? undefined : volumeOf(item, options.imageKey);
  const shape = commonShape([...volumes, label, ...(image ? [image] : [])]);
  return { label, shape, gate: image && { image, threshold: options.imageThreshold ?? 0 } };
}
