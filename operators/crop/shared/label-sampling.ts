/** What the crops that are drawn by a label have in common: their options, and the fields that they look at. */
import { z } from "zod";
import type { ClassGate } from "../../../src/kernels/class-map.ts";
import { volumeOf } from "../../../src/operator/fields.ts";
import { countSchema } from "../../../src/options.ts";
import { commonShape } from "../../../src/volume/shape-of-all.ts";
import type { Volume } from "../../../src/volume/volume.ts";
import { cropSizeSchema } from "./cropped-region.ts";

/** Options that all crops by label have. */
export interface LabelSamplingOptions {
  /** Field that holds the label. */
  readonly labelKey: string;
  /** Size in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. */
  readonly spatialSize: number | readonly number[];
  /** Crops of each item. Default 1. */
  readonly numSamples?: number;
  /**
   * Field that holds an image: where it is not above `imageThreshold` nothing but foreground is drawn. Default: drawn
   * everywhere.
   */
  readonly imageKey?: string;
  /** See `imageKey`; in any channel. Default 0. */
  readonly imageThreshold?: number;
  /** Cut what is there of an image smaller than `spatialSize`. Default false: that is an error. */
  readonly allowSmaller?: boolean;
}

/** Checks of {@link LabelSamplingOptions}. */
export const labelSamplingShape = {
  labelKey: z.string().min(1),
  spatialSize: cropSizeSchema,
  numSamples: countSchema.default(1),
  imageKey: z.string().min(1).optional(),
  imageThreshold: z.number().default(0),
  allowSmaller: z.boolean().default(false),
};

/** The fields of an item that say where to cut. */
export interface LabelFields {
  readonly labelKey: string;
  readonly imageKey?: string | undefined;
  readonly imageThreshold: number;
}

/** The label of an item, and its image if it has a say; all volumes must agree in shape. */
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
