import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { binaryClasses, ClassCounts } from "../../src/kernels/class-map.ts";
import type { DeclaredFactory } from "../../src/operator/declared-factory.ts";
import type { VolumeOperator } from "../../src/operator/field-types.ts";
import { fieldOf } from "../../src/operator/fields.ts";
import { nonEmptySchema, numberSchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround, voxelAt } from "../../src/volume/box-around.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { warn } from "../../src/warnings.ts";
import { partsOperator } from "../declare.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import {
  type LabelFields,
  type LabelSamplingOptions,
  labelAndGate,
  labelSamplingShape,
} from "./shared/label-sampling.ts";

/** Options of {@link randCropByPosNegLabel}. */
export interface RandCropByPosNegLabelOptions extends LabelSamplingOptions {
  /** Weight of crops around foreground. Default 1. */
  readonly pos?: number;
  /** Weight of crops around background. Default 1. */
  readonly neg?: number;
  /**
   * Field with the flat indices of the foreground's voxels, as made by {@link fgBgToIndices}; the label is then not
   * read. Default: none.
   */
  readonly fgIndicesKey?: string;
  /** Field with the flat indices of the background's voxels; needed with `fgIndicesKey`. Default: none. */
  readonly bgIndicesKey?: string;
}

/**
 * Cuts `numSamples` crops out of each item, each as a separate item, around voxels of the foreground or the background:
 * with odds of `pos` to `neg`, evenly among the voxels of each. Crops are moved to lie inside the image. Foreground is
 * where the label is not 0 (in a label of several channels the first, the background, is ignored). If one of the two
 * has no voxel, the other is used, with a warning `VOXRX_CLASS_ABSENT` if its weight is 0. All fields are cropped alike
 * and must have the same shape. Views: no sample is copied, and the affine is updated. `meta.patchIndex` is the number
 * of the crop, from 0. An indexed dataset stays indexed, `numSamples` times as long. Random: the regions are drawn
 * (MONAI: `RandCropByPosNegLabeld`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for fields that differ in shape, images smaller than the crop, or
 * indices outside the image; `VOXRX_NO_VOXEL` when there is neither foreground nor background; `VOXRX_MISSING_KEY`,
 * `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCropByPosNegLabel } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 48, pos: 1, neg: 1, numSamples: 4 }));
 * ```
 */
// The type is written out: the compiler would list the two fields now in one order, now in the other.
export const randCropByPosNegLabel: VolumeOperator<RandCropByPosNegLabelOptions, "labelKey" | "imageKey", true> &
  DeclaredFactory = partsOperator<RandCropByPosNegLabelOptions>()({
  name: "randCropByPosNegLabel",
  version: 1,
  retains: false,
  needsKeys: true,
  keyOptions: ["labelKey", "imageKey"],
  options: {
    ...labelSamplingShape,
    pos: v.optional(v.pipe(numberSchema, v.minValue(0)), 1),
    neg: v.optional(v.pipe(numberSchema, v.minValue(0)), 1),
    fgIndicesKey: v.optional(nonEmptySchema),
    bgIndicesKey: v.optional(nonEmptySchema),
  },
  rules: [
    { test: ({ pos, neg }) => pos + neg > 0, fault: "pos or neg must be above 0" },
    {
      test: ({ fgIndicesKey, bgIndicesKey }) => (fgIndicesKey === undefined) === (bgIndicesKey === undefined),
      fault: "give both fgIndicesKey and bgIndicesKey, or neither",
    },
  ],
  count: ({ numSamples }) => numSamples,
  draw: (random, options, volumes, { item }) => {
    const { pos, neg, numSamples, spatialSize, allowSmaller } = options;
    const { shape, voxels } = voxelsOf(item, volumes, options);
    warnIfAbsent(voxels, options);
    return drawCenters(random, voxels, pos / (pos + neg), numSamples).map((center) =>
      boxAround(center, spatialSize, shape, allowSmaller),
    );
  },
  apply: (volume, region) => cropped(volume, region, "randCropByPosNegLabel"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});

/** The foreground or the background: its number of voxels, and the n-th of them. */
interface Voxels {
  readonly count: number;
  find(n: number): readonly number[];
}

/** Draws the voxels to crop around. @throws PipelineError `VOXRX_NO_VOXEL` */
export function drawCenters(
  random: Pick<Random, "next" | "integer">,
  [background, foreground]: readonly [Voxels, Voxels],
  share: number,
  count: number,
): (readonly number[])[] {
  if (background.count === 0 && foreground.count === 0) {
    throw new PipelineError("VOXRX_NO_VOXEL", "the label has neither foreground nor background to crop around", {
      remedy: "Lower imageThreshold, or leave imageKey out.",
    });
  }
  const odds = foreground.count === 0 ? 0 : background.count === 0 ? 1 : share;
  return Array.from({ length: count }, () => {
    const voxels = random.next() < odds ? foreground : background;
    return voxels.find(random.integer(voxels.count));
  });
}

/** The options of operators that have warned. */
const warned = new WeakSet<object>();

/** Warns if crops are around voxels that were not asked for at all. */
function warnIfAbsent(
  [background, foreground]: readonly [Voxels, Voxels],
  options: { pos: number; neg: number },
): void {
  const isForeground = options.neg === 0;
  const [wanted, other] = isForeground ? [foreground, background] : [background, foreground];
  if ((options.pos > 0 && !isForeground) || wanted.count > 0 || other.count === 0 || warned.has(options)) return;
  warned.add(options);
  const [absent, used] = isForeground ? ["foreground", "background"] : ["background", "foreground"];
  const setting = isForeground ? "neg: 0" : "pos: 0";
  warn({
    code: "VOXRX_CLASS_ABSENT",
    message: `randCropByPosNegLabel with ${setting}: the label of an item has no ${absent}, so its crops are around ${used}`,
    detail: "Leave such items out with filter() before it, or give both weights if that is what you want.",
  });
}

function voxelsOf(
  item: unknown,
  volumes: readonly Volume[],
  options: LabelFields & { readonly fgIndicesKey?: string | undefined; readonly bgIndicesKey?: string | undefined },
): { readonly shape: readonly number[]; readonly voxels: readonly [Voxels, Voxels] } {
  const { fgIndicesKey, bgIndicesKey } = options;
  if (fgIndicesKey !== undefined && bgIndicesKey !== undefined) {
    const shape = commonShape(volumes);
    return { shape, voxels: [listedVoxels(item, bgIndicesKey, shape), listedVoxels(item, fgIndicesKey, shape)] };
  }
  const { label, gate, shape } = labelAndGate(item, volumes, options);
  const counts = new ClassCounts(binaryClasses(label, gate), 2);
  const voxelsOfClass = (classIndex: number): Voxels => ({
    count: counts.total(classIndex),
    find: (n) => counts.find(classIndex, n),
  });
  return { shape, voxels: [voxelsOfClass(0), voxelsOfClass(1)] };
}

function listedVoxels(item: unknown, key: string, shape: readonly number[]): Voxels {
  const indices = fieldOf(item, key);
  if (!(indices instanceof Uint32Array)) {
    throw new PipelineError("VOXRX_WRONG_FIELD", `field "${key}" is not a Uint32Array of voxel indices`, {
      remedy: "Put fgBgToIndices before it, and give the keys of the fields that it adds.",
    });
  }
  // The list is ascending, so its last index shows whether it was made from a larger image.
  const size = shape.reduce((product, n) => product * n, 1);
  if ((indices.at(-1) ?? 0) >= size) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `field "${key}" contains indices outside an image of shape [${shape}]`,
      { remedy: "Put fgBgToIndices after the operators that change the shape of the images." },
    );
  }
  return { count: indices.length, find: (n) => voxelAt(indices[n] ?? 0, shape) };
}
