/** What the numbers about a dataset suggest for a first pipeline, by the rules of nnU-Net (Isensee et al. 2021). */
import type { DatasetStatistics } from "./dataset-statistics.ts";
import { shortNumber } from "./write-output.ts";

/** A step of a pipeline, and why. */
interface Suggestion {
  /** TypeScript, for a pipeline with the fields `image` and `label`. */
  readonly code: string;
  readonly reason: string;
}

/** What a dataset suggests. */
export interface Suggestions {
  /** Voxel size in mm, by axis of the world. */
  readonly spacing: readonly number[];
  /** Size of a patch in voxels. */
  readonly patchSize: readonly number[];
  /** How intensities are scaled. */
  readonly normalization: "ct" | "z-score" | "picture";
  readonly steps: readonly Suggestion[];
}

/** An axis counts as coarse if its voxels are this much longer than those of the others. nnU-Net's number. */
const coarse = 3;
/** Voxels of a patch: 128^3 or 512^2, which a GPU of 8 to 12 GB trains with a batch of 2. */
const patchVoxels = [512 ** 2, 128 ** 3];

export function suggestionsFor(statistics: DatasetStatistics, modality: readonly string[]): Suggestions {
  const { spacing, rank } = statistics;
  const isUniform = spacing.every(({ min, max }) => min === max);
  const isPicture = rank === 2 && spacing.every(({ median }) => median === 1);
  const isCt = modality.length > 0 ? modality.every((name) => /^ct/i.test(name)) : statistics.looksLikeCt;
  const target = targetSpacing(statistics);
  const patchSize = patchFor(statistics, target);
  const normalization = isCt ? "ct" : isPicture ? "picture" : "z-score";
  const keys = statistics.labeled > 0 ? '["image", "label"]' : '"image"';
  const modes = statistics.labeled > 0 ? ', mode: ["bilinear", "nearest"]' : "";
  const steps: Suggestion[] = [
    ...orientationSteps(statistics, keys),
    ...(isPicture || isUniform
      ? []
      : [
          {
            code: `spacing({ keys: ${keys}, pixdim: [${target.map(rounded).join(", ")}]${modes} })`,
            reason: spacingReason(statistics, target),
          },
        ]),
    intensityStep(statistics, normalization),
    ...(statistics.labeled > 0 ? patchSteps(statistics, target, patchSize) : []),
  ];
  return { spacing: target, patchSize, normalization, steps };
}

/** Needed where axes differ, or come in another order than the sizes of the steps after it. */
function orientationSteps({ orientations, rank }: DatasetStatistics, keys: string): Suggestion[] {
  const found = [...orientations.keys()];
  const areInOrder = rank !== 3 || found.every((axcodes) => /^[RL][AP][SI]$/.test(axcodes));
  if (found.length < 2 && areInOrder) return [];
  const reason = found.length > 1 ? `the axes differ: ${found.join(", ")}` : `the axes are in the order ${found[0]}`;
  return [{ code: `orientation({ keys: ${keys}, axcodes: "RAS" })`, reason }];
}

/** The median; on a coarse axis the 10th percentile, so that fine scans lose less. */
function targetSpacing({ spacing, size }: DatasetStatistics): number[] {
  const medians = spacing.map(({ median }) => median);
  return spacing.map(({ low, median }, axis) => {
    const others = medians.filter((_, other) => other !== axis);
    const fewVoxels = size.every((one, other) => other === axis || one.median > coarse * (size[axis]?.median ?? 0));
    return median > coarse * Math.max(...others) && fewVoxels ? Math.max(low, ...others) : median;
  });
}

function spacingReason({ spacing }: DatasetStatistics, target: readonly number[]): string {
  const isMedian = spacing.every(({ median }, axis) => median === target[axis]);
  return isMedian ? "the median voxel size" : "the median voxel size; on the coarse axis its 10th percentile";
}

/** As cubic in mm as the images allow, in multiples of 16 voxels. */
function patchFor({ size, spacing, rank }: DatasetStatistics, target: readonly number[]): number[] {
  const sizes = size.map(({ median }, axis) => (median * (spacing[axis]?.median ?? 1)) / (target[axis] ?? 1));
  const voxels = patchVoxels[rank - 2] ?? 128 ** 3;
  let patch = sizes.map(() => 0);
  // The part of an axis that is cut off at the image's size goes to the others.
  for (let edge = 1; ; edge *= 1.02) {
    const next = sizes.map((most, axis) => Math.min(most, edge / (target[axis] ?? 1)));
    const isWhole = next.every((n, axis) => n >= (sizes[axis] ?? 0));
    if (next.reduce((product, n) => product * n, 1) > voxels && !isWhole) break;
    patch = next;
    if (isWhole) break;
  }
  return patch.map((n, axis) => Math.max(1, n < 16 ? Math.round(sizes[axis] ?? n) : Math.floor(n / 16) * 16));
}

function patchSteps(
  { size, spacing }: DatasetStatistics,
  target: readonly number[],
  patchSize: readonly number[],
): Suggestion[] {
  // Sizes and voxel sizes come from different images: this may be less than any image has, and not more.
  const least = size.map(({ min }, axis) => (min * (spacing[axis]?.min ?? 1)) / (target[axis] ?? 1));
  const pad = {
    code: `spatialPad({ keys: ["image", "label"], spatialSize: [${patchSize.join(", ")}] })`,
    reason: "some images are smaller than the patch",
  };
  const crop = {
    code: `randCropByPosNegLabel({ keys: ["image", "label"], labelKey: "label", spatialSize: [${patchSize.join(", ")}] })`,
    reason: "as cubic in mm as the median image allows, and of a size that a GPU of 8 to 12 GB trains",
  };
  return least.some((n, axis) => n < (patchSize[axis] ?? 0)) ? [pad, crop] : [crop];
}

function intensityStep({ channels }: DatasetStatistics, normalization: Suggestions["normalization"]): Suggestion {
  const [only] = channels;
  if (normalization === "picture")
    return { code: 'scaleIntensity({ keys: "image" })', reason: "pictures have no scale of their own" };
  if (normalization === "ct" && only) {
    const [aMin, aMax] = [rounded(only.low), rounded(only.high)];
    return {
      code: `scaleIntensityRange({ keys: "image", aMin: ${aMin}, aMax: ${aMax}, bMin: 0, bMax: 1, clip: true })`,
      reason: `CT: from the 0.5th to the 99.5th percentile of the foreground; its mean is ${rounded(only.mean)}, its deviation ${rounded(only.std)}`,
    };
  }
  return {
    code: 'normalizeIntensity({ keys: "image", channelWise: true })',
    reason: "no scale in common, as in MR: each image to mean 0 and deviation 1",
  };
}

function rounded(value: number): string {
  return shortNumber(value, 4);
}
