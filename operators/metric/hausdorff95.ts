import * as v from "valibot";
import { withFields } from "../../src/item/record.ts";
import { edgeDistances, percentileOfSorted } from "../../src/kernels/overlap.ts";
import { nonEmptySchema } from "../../src/options.ts";
import { itemOperator } from "../declare.ts";
import {
  type ClassMetric,
  type ClassMetricOptions,
  classMetricShape,
  comparedClasses,
  maskOfClass,
} from "./shared/class-masks.ts";

/** Options of {@link hausdorff95}. */
export interface Hausdorff95Options extends ClassMetricOptions {
  /** Whether the first class, the background, counts. Default false. */
  readonly includeBackground?: boolean;
  /** Field for the result. Default `"hausdorff95"`. */
  readonly outputKey?: string;
}

/**
 * Adds the 95th percentile of the Hausdorff distance of each class, in mm, as a list of numbers: the larger one of the
 * 95th percentiles of the distances from the edge of the prediction to that of the label, and the reverse. An edge are
 * the voxels of a class of which a neighbor along an axis is not of it; voxels at the border of the image are. Distances
 * are Euclidean, between centers of voxels, with the voxel size of the label's affine. A class is a value of a single
 * channel, or a channel, in which everything but 0 counts.
 *
 * NaN stands for a class that the prediction or the label doesn't have: decide yourself how a missed organ counts.
 * Deterministic; the numbers are those of MONAI's `compute_hausdorff_distance` (1.5.0) with `percentile=95` and the
 * spacing, which takes the voxel size from its caller and only channels.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when shapes differ, `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, Volume } from "voxrx";
 * import { hausdorff95 } from "voxrx/operators";
 * const affine = [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
 * const label = new Volume({ data: Uint8Array.of(1, 0, 0), shape: [1, 3, 1, 1], affine });
 * const pred = new Volume({ data: Uint8Array.of(0, 0, 1), shape: [1, 3, 1, 1], affine });
 * const [scan] = await Dataset.from([{ pred, label }]).pipe(hausdorff95()).toArray();
 * scan?.hausdorff95; // => [4]
 * ```
 */
export const hausdorff95 = itemOperator<Hausdorff95Options, ClassMetric<Hausdorff95Options, "hausdorff95">>()({
  name: "hausdorff95",
  version: 1,
  options: {
    ...classMetricShape,
    includeBackground: v.optional(v.boolean(), false),
    outputKey: v.optional(nonEmptySchema, "hausdorff95"),
  },
  retains: false,
  apply: (item: unknown, options) => {
    const { pred, label, classes } = comparedClasses(item, options);
    const { shape } = label.channels;
    const { spatialShape, spacing } = label.volume;
    const distances = classes.map((value) => {
      const [first, second] = [maskOfClass(pred, value), maskOfClass(label, value)];
      const found = edgeDistances(first, second, shape, spatialShape.length === 2, spacing);
      return found ? Math.max(percentileOfSorted(found.there, 95), percentileOfSorted(found.back, 95)) : Number.NaN;
    });
    return withFields(item, [[options.outputKey, distances]]);
  },
});
