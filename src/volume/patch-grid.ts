/**
 * The positions of the patches of a sliding window, the weights of their voxels, and the metadata of a patch. As in
 * MONAI's `sliding_window_inference`.
 */
import * as v from "valibot";
import { integerSchema, numberSchema } from "../options.ts";
import { type AffineLike, identityAffine, translateAffine } from "./affine-matrix.ts";
import type { Volume } from "./volume.ts";

const sizes = v.pipe(v.array(v.pipe(integerSchema, v.minValue(0))), v.minLength(2), v.maxLength(3), v.readonly());

const patchSchema = v.pipe(
  v.object({
    item: v.string(),
    index: v.pipe(integerSchema, v.minValue(0)),
    count: v.pipe(integerSchema, v.minValue(1)),
    start: sizes,
    roiSize: sizes,
    paddedShape: sizes,
    padding: sizes,
    shape: sizes,
    affine: v.pipe(v.array(numberSchema), v.length(16), v.readonly()),
    mode: v.picklist(["constant", "gaussian"]),
    sigmaScale: v.pipe(numberSchema, v.gtValue(0)),
    patchIndex: v.optional(v.pipe(integerSchema, v.minValue(0))),
  }),
  v.check(({ index, count }) => index < count),
  v.check(({ start, roiSize, paddedShape, padding, shape }) => {
    const within = (from: readonly number[], size: readonly number[]) =>
      from.length === paddedShape.length &&
      size.length === paddedShape.length &&
      paddedShape.every((n, axis) => from[axis]! + size[axis]! <= n);
    return within(start, roiSize) && within(padding, shape);
  }),
);

/** Metadata of a patch, in `meta.patch`: enough to reassemble the image. JSON only. */
export interface PatchMeta {
  /** Id of the item that it was cut from. */
  readonly item: string;
  /** Index of the patch, from 0, and the number of patches of the image. */
  readonly index: number;
  readonly count: number;
  /** Its first voxel in the padded image, and its size. */
  readonly start: readonly number[];
  readonly roiSize: readonly number[];
  /** The padded image's spatial shape, and the voxels that were added before it on each axis. */
  readonly paddedShape: readonly number[];
  readonly padding: readonly number[];
  /** The image's own spatial shape and affine. */
  readonly shape: readonly number[];
  readonly affine: readonly number[];
  /** How to weight its voxels where patches overlap. */
  readonly mode: "constant" | "gaussian";
  readonly sigmaScale: number;
  /** The image's own `meta.patchIndex`, if it was itself a patch. */
  readonly patchIndex?: number | undefined;
}

/**
 * A volume's patch metadata; undefined if it is not a patch of a sliding window, or if `meta.patch` is something else.
 */
export function patchMetaOf(volume: Volume): PatchMeta | undefined {
  const { patch } = volume.meta;
  return v.is(patchSchema, patch) ? patch : undefined;
}

/** Whether two patches were cut from the same image in the same run of a sliding window. */
export function isOfSameImage(a: PatchMeta, b: PatchMeta): boolean {
  const sharedFacts = ({ item, count, roiSize, paddedShape, padding }: PatchMeta) =>
    JSON.stringify([item, count, roiSize, paddedShape, padding]);
  return sharedFacts(a) === sharedFacts(b);
}

/**
 * Whether a patch is no longer where it was cut: it was flipped, turned or moved since. The identity affine, which a
 * newly created volume has, doesn't count as moved.
 */
export function isMoved(patch: Volume, { affine, start, padding }: PatchMeta): boolean {
  const originalAffine = translateAffine(
    affine,
    start.map((from, axis) => from - padding[axis]!),
  );
  const tolerance = 1e-6 * originalAffine.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const differs = (from: AffineLike) => patch.affine.some((value, n) => Math.abs(value - from[n]!) > tolerance);
  return differs(originalAffine) && differs(identityAffine());
}

/** The starts of patches along each axis; the last one of an axis is moved back inside the image. */
export function patchStarts(shape: readonly number[], roi: readonly number[], overlap: number): number[][] {
  return shape.map((n, axis) => {
    const size = roi[axis]!;
    const step = Math.max(1, size === n ? size : Math.trunc(size * (1 - overlap)));
    const starts: number[] = [];
    for (let start = 0; ; start += step) {
      starts.push(Math.min(start, n - size));
      if (start + size >= n) return starts;
    }
  });
}

/** Number of positions that result from the starts along each axis. */
export function gridPositionCount(alongAxes: readonly (readonly number[])[]): number {
  return alongAxes.reduce((product, starts) => product * starts.length, 1);
}

/**
 * The positions that result from the starts along each axis, in the order of NumPy's `ndindex` (the last axis fastest).
 * A generator, because a large image has millions of small patches.
 */
export function* gridPositions(alongAxes: readonly (readonly number[])[]): Generator<number[]> {
  const [first, ...others] = alongAxes;
  if (!first) {
    yield [];
    return;
  }
  for (const start of first) for (const rest of gridPositions(others)) yield [start, ...rest];
}

/** Weights of voxels along one axis: 1, or a Gaussian around the center of the patch. */
export function axisWeights(size: number, mode: PatchMeta["mode"], sigmaScale: number): Float64Array {
  if (mode === "constant") return new Float64Array(size).fill(1);
  const sigma = size * sigmaScale;
  return Float64Array.from({ length: size }, (_, n) => Math.exp(-0.5 * ((n - (size - 1) / 2) / sigma) ** 2));
}

/** The minimum weight of a voxel of a patch: the product of the outermost weights, but at least 0.001. */
export function leastWeight(weights: readonly Float64Array[]): number {
  return Math.max(
    weights.reduce((product, each) => product * Math.min(...each), 1),
    1e-3,
  );
}
