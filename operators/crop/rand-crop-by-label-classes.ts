import * as v from "valibot";
import { OptionError, PipelineError } from "../../src/errors.ts";
import { ChannelCounts, ClassCounts, labelClasses, noClass } from "../../src/kernels/class-map.ts";
import type { DeclaredFactory } from "../../src/operator/declared-factory.ts";
import type { VolumeOperator } from "../../src/operator/field-types.ts";
import { integerSchema, numberSchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround } from "../../src/volume/box-around.ts";
import { partsOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import { type LabelSamplingOptions, labelAndGate, labelSamplingShape } from "./shared/label-sampling.ts";

/** Options of {@link randCropByLabelClasses}. */
export interface RandCropByLabelClassesOptions extends LabelSamplingOptions {
  /** Weight of each class, in the order of label values. Default: equal weights. */
  readonly ratios?: readonly number[];
  /**
   * Number of classes, background included, of a label with one channel. A label with several channels has one class
   * for each, and these may overlap.
   */
  readonly numClasses?: number;
}

/**
 * Cuts `numSamples` crops out of each item, each as a separate item, around voxels of drawn classes: a class is drawn
 * by weight, then one of its voxels evenly, and the crop is moved to lie inside the image. Classes without a voxel in
 * the item are left out. All fields are cropped alike and must have the same shape. Views: no sample is copied, and the
 * affine is updated. `meta.patchIndex` is the number of the crop, from 0. An indexed dataset stays indexed,
 * `numSamples` times as long. Random: the regions are drawn (MONAI: `RandCropByLabelClassesd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a label of one channel without `numClasses` or `ratios`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`; `VOXRX_NO_VOXEL` when no class with a weight has a voxel;
 * `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCropByLabelClasses } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(
 *   randCropByLabelClasses({ keys, labelKey: "label", spatialSize: 32, numClasses: 3, ratios: [1, 2, 4] }),
 * );
 * ```
 */
// The type is written out: the compiler would list the two fields now in one order, now in the other.
export const randCropByLabelClasses: VolumeOperator<RandCropByLabelClassesOptions, "labelKey" | "imageKey", true> &
  DeclaredFactory = partsOperator<RandCropByLabelClassesOptions>()({
  name: "randCropByLabelClasses",
  version: 1,
  retains: false,
  needsKeys: true,
  keyOptions: ["labelKey", "imageKey"],
  options: {
    ...labelSamplingShape,
    ratios: v.optional(v.pipe(v.array(v.pipe(numberSchema, v.minValue(0))), v.minLength(1), v.maxLength(noClass))),
    numClasses: v.optional(v.pipe(integerSchema, v.minValue(1), v.maxValue(noClass))),
  },
  rules: [
    { test: ({ ratios }) => ratios?.some((ratio) => ratio > 0) ?? true, fault: "at least one ratio must be above 0" },
    {
      test: ({ ratios, numClasses }) => !ratios || !numClasses || ratios.length === numClasses,
      fault: "ratios must have one number for each of the numClasses classes",
    },
  ],
  count: ({ numSamples }) => numSamples,
  draw: (random, options, volumes, { item }) => {
    const { numSamples, ratios, spatialSize, allowSmaller } = options;
    const { label, gate, shape } = labelAndGate(item, volumes, options);
    const count = classCount(label.channels, options);
    const counts =
      label.channels > 1 ? new ChannelCounts(label, gate) : new ClassCounts(labelClasses(label, count, gate), count);
    const totals = Array.from({ length: count }, (_, classIndex) => counts.total(classIndex));
    const weights = totals.map((total, classIndex) => (total > 0 ? (ratios?.[classIndex] ?? 1) : 0));
    return Array.from({ length: numSamples }, () => {
      const classIndex = drawClass(random, weights);
      return boxAround(
        counts.find(classIndex, random.integer(totals[classIndex] ?? 1)),
        spatialSize,
        shape,
        allowSmaller,
      );
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
      : count === given
        ? `expected at most ${noClass} classes, got ${count}`
        : `expected ${count} classes for a label of ${count} channels, got ${given}`;
  throw new OptionError("VOXRX_BAD_OPTION", fault, {
    operator: "randCropByLabelClasses",
    remedy: "Give numClasses, background included.",
  });
}

function drawClass(random: Random, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === 0) {
    throw new PipelineError("VOXRX_NO_VOXEL", "the label has no voxel of a class with a ratio above 0", {
      remedy: "Give other ratios, lower imageThreshold, or skip such items with filter().",
    });
  }
  let rest = random.next() * sum;
  let last = 0;
  for (const [classIndex, weight] of weights.entries()) {
    if (weight === 0) continue;
    if (rest < weight) return classIndex;
    rest -= weight;
    last = classIndex;
  }
  return last;
}
