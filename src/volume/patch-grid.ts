/** Where the windows of a sliding window lie, how much each of their voxels counts, and what a window says of itself. As MONAI's `sliding_window_inference`. */
import { z } from "zod";
import { type AffineLike, identityAffine, translateAffine } from "./affine-matrix.ts";
import type { Volume } from "./volume.ts";

const sizes = z.array(z.int().min(0)).min(2).max(3).readonly();

const windowSchema = z
  .object({
    item: z.string(),
    index: z.int().min(0),
    count: z.int().min(1),
    start: sizes,
    roiSize: sizes,
    paddedShape: sizes,
    padding: sizes,
    shape: sizes,
    affine: z.array(z.number()).length(16).readonly(),
    mode: z.enum(["constant", "gaussian"]),
    sigmaScale: z.number().positive(),
    patchIndex: z.int().min(0).optional(),
  })
  .refine(({ index, count }) => index < count)
  .refine(({ start, roiSize, paddedShape, padding, shape }) => {
    const within = (from: readonly number[], size: readonly number[]) =>
      from.length === paddedShape.length &&
      size.length === paddedShape.length &&
      paddedShape.every((n, axis) => from[axis]! + size[axis]! <= n);
    return within(start, roiSize) && within(padding, shape);
  });

/** What a window knows of itself, in `meta.window`: enough to put the image together again. JSON only. */
export interface WindowMeta {
  /** Key of the item that it was cut from. */
  readonly item: string;
  /** Which of its windows it is, from 0, and how many there are. */
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
  /** How its voxels count where windows overlap. */
  readonly mode: "constant" | "gaussian";
  readonly sigmaScale: number;
  /** The image's own `meta.patchIndex`, where it was itself a patch. */
  readonly patchIndex?: number | undefined;
}

/** What a volume says of the window that it is; undefined where it is none, or `meta.window` is something else. */
export function windowOf(volume: Volume): WindowMeta | undefined {
  const { window } = volume.meta;
  return window === undefined ? undefined : windowSchema.safeParse(window).data;
}

/** Whether two windows were cut from one image in one go. */
export function isOfSameImage(a: WindowMeta, b: WindowMeta): boolean {
  const said = ({ item, count, roiSize, paddedShape, padding }: WindowMeta) =>
    JSON.stringify([item, count, roiSize, paddedShape, padding]);
  return said(a) === said(b);
}

/**
 * Whether a window no longer lies where it was cut: it was flipped, turned or moved since. One with the identity as its affine, as a volume made
 * anew has, says nothing of that.
 */
export function isMoved(window: Volume, { affine, start, padding }: WindowMeta): boolean {
  const there = translateAffine(
    affine,
    start.map((from, axis) => from - padding[axis]!),
  );
  const tolerance = 1e-6 * there.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const differs = (from: AffineLike) => window.affine.some((value, n) => Math.abs(value - from[n]!) > tolerance);
  return differs(there) && differs(identityAffine());
}

/** The starts of windows along each axis; the last one of an axis is moved back inside. */
export function windowStarts(shape: readonly number[], roi: readonly number[], overlap: number): number[][] {
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

/** Number of places that starts along each axis make together. */
export function placeCount(alongAxes: readonly (readonly number[])[]): number {
  return alongAxes.reduce((product, starts) => product * starts.length, 1);
}

/**
 * The places that starts along each axis make together, in the order of NumPy's `ndindex` (the last axis fastest). Made one at a time: a large
 * image has millions of small patches.
 */
export function* places(alongAxes: readonly (readonly number[])[]): Generator<number[]> {
  const [first, ...others] = alongAxes;
  if (!first) {
    yield [];
    return;
  }
  for (const start of first) for (const rest of places(others)) yield [start, ...rest];
}

/** How much voxels count along one axis: 1, or a Gaussian around the middle of the window. */
export function axisWeights(size: number, mode: WindowMeta["mode"], sigmaScale: number): Float64Array {
  if (mode === "constant") return new Float64Array(size).fill(1);
  const sigma = size * sigmaScale;
  return Float64Array.from({ length: size }, (_, n) => Math.exp(-0.5 * ((n - (size - 1) / 2) / sigma) ** 2));
}

/** The least that a voxel of a window counts: the product of the outermost weights, but at least 0.001. */
export function leastWeight(weights: readonly Float64Array[]): number {
  return Math.max(
    weights.reduce((product, each) => product * Math.min(...each), 1),
    1e-3,
  );
}
