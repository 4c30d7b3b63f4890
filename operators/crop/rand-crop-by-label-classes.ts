import { z } from "zod";
import { OptionError, PipelineError } from "../../src/errors.ts";
import { ChannelCounts, ClassCounts, labelClasses, noClass } from "../../src/kernels/class-map.ts";
import { partsOperator } from "../../src/operator/parts-operator.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround } from "../../src/volume/box-around.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { type LabelSamplingOptions, labelAndGate, labelSamplingShape } from "./shared/label-sampling.ts";

/** Options of {@link randCropByLabelClasses}. */
export interface RandCropByLabelClassesOptions extends LabelSamplingOptions {
  /** Weight of each class, in the order of label values. Default: all alike. */
  readonly ratios?: readonly number[];
  /**
   * Number of classes, background included, of a label with one channel; a label of several has one for each, and they
   * may overlap.
   */
  readonly numClasses?: number;
}

/**
 * Crops of each item, as items of their own, around voxels of a class that is drawn by weight, evenly among the voxels
 * of that class, moved inside of the image. Classes that an item has no voxel of are left out. All fields are cut alike
 * and must agree in shape. Views: no sample is copied, and the affine follows; volumes say which crop they are in
 * `meta.patchIndex`. An indexed dataset stays indexed, `numSamples` times as long. Random: drawn are the regions
 * (MONAI: `RandCropByLabelClassesd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when a label of one channel comes without `numClasses`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`, `VOXRX_NO_VOXEL` where no class with a weight has a voxel,
 * `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCropByLabelClasses } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(
 *   randCropByLabelClasses({ keys, labelKey: "label", spatialSize: 64, numClasses: 3, ratios: [1, 2, 4] }),
 * );
 * ```
 */
export const randCropByLabelClasses = partsOperator<RandCropByLabelClassesOptions>()({
  name: "randCropByLabelClasses",
  version: 1,
  needsKeys: true,
  keyOptions: ["labelKey", "imageKey"],
  options: {
    ...labelSamplingShape,
    ratios: z.array(z.number().min(0)).min(1).max(noClass).optional(),
    numClasses: z.int().min(1).max(noClass).optional(),
  },
  rules: [
    { test: ({ ratios }) => ratios?.some((ratio) => ratio > 0) ?? true, fault: "one ratio must be above 0" },
    {
      test: ({ ratios, numClasses }) => !ratios || !numClasses || ratios.length === numClasses,
      fault: "there is not one ratio for each class",
    },
  ],
  count: ({ numSamples }) => numSamples,
  draw: (random, options, volumes, { item }) => {
    const { numSamples, ratios, spatialSize, allowSmaller } = options;
    const { label, gate, shape } = labelAndGate(item, volumes, options);
    const count = classCount(label.channels, options);
    const counts =
      label.channels > 1 ? new ChannelCounts(label, gate) : new ClassCounts(labelClasses(label, count, gate), count);
    const totals = Array.from({ length: count }, (_, own) => counts.total(own));
    const weights = totals.map((total, own) => (total > 0 ? (ratios?.[own] ?? 1) : 0));
    return Array.from({ length: numSamples }, () => {
      const own = drawClass(random, weights);
      return boxAround(counts.find(own, random.integer(totals[own] ?? 1)), spatialSize, shape, allowSmaller);
    });
  },
  apply: (volume, region) => cropped(volume, region, "randCropByLabelClasses"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});

interface Classes {
  readonly ratios?: readonly number[] | undefined;
  readonly numClasses?: number | undefined;
}

function classCount(channels: number, { ratios, numClasses }: Classes): number {
  const count = channels > 1 ? channels : (numClasses ?? ratios?.length);
  const given = numClasses ?? ratios?.length ?? count;
  if (count !== undefined && count === given && count <= noClass) return count;
  const fault =
    count === undefined
      ? "a label of one channel needs numClasses"
      : `a label of ${channels} channels does not have ${given} classes`;
  throw new OptionError("VOXRX_BAD_OPTION", fault, {
    operator: "randCropByLabelClasses",
    remedy: "Give numClasses, background included.",
  });
}

function drawClass(random: Random, weights: readonly number[]): number {
  const sum = weights.reduce((total, one) => total + one, 0);
  if (sum === 0) {
    throw new PipelineError("VOXRX_NO_VOXEL", "the label has no voxel of any class that may be drawn", {
      remedy: "Give other ratios, lower imageThreshold, or leave such items out with filter().",
    });
  }
  let rest = random.next() * sum;
  let last = 0;
  for (const [own, one] of weights.entries()) {
    if (one === 0) continue;
    if (rest < one) return own;
    rest -= one;
    last = own;
  }
  return last;
}
