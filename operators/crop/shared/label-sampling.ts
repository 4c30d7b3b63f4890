/** Shared by the crops that are drawn from a label: their options, and the fields that they read. */
import * as v from "valibot";
import type { ClassGate } from "../../../src/kernels/class-map.ts";
import { volumeOf } from "../../../src/operator/fields.ts";
import { countSchema, nonEmptySchema, numberSchema, roiSizeSchema } from "../../../src/options.ts";
import { commonShape } from "../../../src/volume/shape-of-all.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Options of all crops that are drawn from a label. */
export interface LabelSamplingOptions {
  /** Field that holds the label. */
  readonly labelKey: string;
  /** Size in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. */
  readonly spatialSize: number | readonly (number | null)[];
  /** Number of crops of each item. Default 1. */
  readonly numSamples?: number;
  /**
   * Field that holds an image: voxels where it is not above `imageThreshold` are not drawn, except for foreground in
   * `randCropByPosNegLabel`. Default: all voxels can be drawn.
   */
  readonly imageKey?: string;
  /** Threshold for `imageKey`; one channel above it is enough. Default 0. */
  readonly imageThreshold?: number;
  /** Whether an image smaller than `spatialSize` is cropped to what it has. Default false: it is an error. */
  readonly allowSmaller?: boolean;
}

/** Checks of {@link LabelSamplingOptions}. */
export const labelSamplingShape = {
  labelKey: nonEmptySchema,
  spatialSize: roiSizeSchema,
  numSamples: v.optional(countSchema, 1),
  imageKey: v.optional(nonEmptySchema),
  imageThreshold: v.optional(numberSchema, 0),
  allowSmaller: v.optional(v.boolean(), false),
};

/** The fields that decide where to crop. */
export interface LabelFields {
  readonly labelKey: string;
  readonly imageKey?: string | undefined;
  readonly imageThreshold: number;
}

/** The label of an item, and its image if `imageKey` is given. All volumes must have the same shape. */
export function labelAndGate(
  item: unknown,
  volumes: readonly Volume[],
  options: LabelFields,
): { readonly label: Volume; readonly gate: ClassGate | undefined; readonly shape: readonly number[] } {
  const label = volumeOf(item, options.labelKey);
  const image = options.imageKey === undefined ? undefined : volumeOf(item, options.imageKey);
  const shape = commonShape([...volumes, label, ...(image ? [image] : [])]);
  return { label, shape, gate: image && { image, threshold: options.imageThreshold } };
}
