import { z } from "zod";
import type { FieldOptions, ItemOf, VolumeOrFields } from "../../src/dataset/fields.ts";
import { volumeFan } from "../../src/dataset/volume-fan.ts";
import { OptionError, PipelineError } from "../../src/errors.ts";
import { ChannelCounts, ClassCounts, labelClasses, noClass } from "../../src/kernels/class-map.ts";
import { checkOptions } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround } from "../../src/volume/crop-centre.ts";
import type { Region } from "../../src/volume/region.ts";
import { type LabelSamplingOptions, labelAndGate, labelSamplingShape } from "./label-sampling.ts";
import { cropped } from "./spatial-crop.ts";

/** Options of {@link randCropByLabelClasses}. */
export interface RandCropByLabelClassesOptions<K extends string> extends FieldOptions<K>, LabelSamplingOptions {
  /** Fields to cut. */
  readonly keys: K | readonly K[];
  /** Weight of each class, in the order of label values. Default: all alike. */
  readonly ratios?: readonly number[];
  /** Number of classes, background included, of a label with one channel; a label of several has one for each, and they may overlap. */
  readonly numClasses?: number;
}

/**
 * Crops of each item, as items of their own, around voxels of a class that is drawn by weight, evenly among the voxels of that class, moved
 * inside of the image. Classes that an item has no voxel of are left out. All fields are cut alike and must agree in shape. Views: no sample
 * is copied, and the affine follows; volumes say which crop they are in `meta.patchIndex`. An indexed dataset stays indexed, `numSamples`
 * times as long. Random (MONAI: `RandCropByLabelClassesd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when a label of one channel comes without `numClasses`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`, `VOXRX_NO_VOXEL` where no class with a weight has a voxel, `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCropByLabelClasses } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(
 *   randCropByLabelClasses({ keys, labelKey: "label", spatialSize: 64, numClasses: 3, ratios: [1, 2, 4], numSamples: 2 }),
 * );
 * ```
 */
export function randCropByLabelClasses<K extends string, T extends ItemOf<K> = ItemOf<K>>(
  options: RandCropByLabelClassesOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randCropByLabelClasses", schema, options);
  const { numSamples, spatialSize, allowSmaller } = checked;
  return volumeFan<Region, K, T>({
    name: "randCropByLabelClasses",
    options: checked,
    fields: { ...options },
    count: numSamples,
    draw: (random, volumes, item) => {
      const { label, gate, shape } = labelAndGate(item, volumes, checked);
      const count = classCount(label.channels, checked);
      const counts =
        label.channels > 1 ? new ChannelCounts(label, gate) : new ClassCounts(labelClasses(label, count, gate), count);
      const totals = Array.from({ length: count }, (_, own) => counts.total(own));
      const weights = totals.map((total, own) => (total > 0 ? (checked.ratios?.[own] ?? 1) : 0));
      return Array.from({ length: numSamples }, () => {
        const own = drawClass(random, weights);
        return boxAround(counts.find(own, random.integer(totals[own] ?? 1)), spatialSize, shape, allowSmaller);
      });
    },
    apply: (volume, region) => cropped(volume, region, "randCropByLabelClasses"),
  });
}

const schema = z
  .strictObject({
    ...labelSamplingShape,
    ratios: z.array(z.number().min(0)).min(1).max(noClass).optional(),
    numClasses: z.int().min(1).max(noClass).optional(),
  })
  .refine(({ ratios }) => ratios?.some((ratio) => ratio > 0) ?? true, "one ratio must be above 0")
  .refine(
    ({ ratios, numClasses }) => !ratios || !numClasses || ratios.length === numClasses,
    "there is not one ratio for each class",
  );

function classCount(channels: number, { ratios, numClasses }: z.output<typeof schema>): number {
  const count = channels > 1 ? channels : (numClasses ?? ratios?.length);
  const given = numClasses ?? ratios?.length ?? count;
  if (count !== undefined && count === given && count <= noClass) return count;
  const fault =
    count === undefined
      ? "a label of one channel needs numClasses"
      : `a label of ${channels} channels has not ${given} classes`;
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
