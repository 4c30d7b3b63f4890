import type { OperatorFunction } from "rxjs";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { makeOperator } from "../../src/dataset/operator.ts";
import type { Transform } from "../../src/dataset/transform.ts";
import { fingerprintOf } from "../../src/fingerprint/fingerprint.ts";
import { branchesOf } from "./choice.ts";

type Kept<A, B> = IndexedOperator<A, B>;

/**
 * Several transforms as one, like {@link compose}, in which neighbouring spatial transforms are done as a single resampling: faster, and the image
 * is interpolated once (MONAI: `Compose(lazy=True)`). What is drawn is the same as without. Flips, orientations, crops, padding with zeros or
 * edges, spacing, resize and zoom (but area), rotate, affine and their random forms take part; other transforms see a resampled image. Where
 * neighbours differ in `mode` or `paddingMode`, what came before is resampled first. `explain()` says which take part; behind a cache only the
 * part that runs there is joined.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for an operator that is no chain of transforms (`batch`, one of RxJS)
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { lazy, randAffine, spacing, spatialCrop } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * const mode = ["bilinear", "nearest"] as const;
 * scans.pipe(
 *   lazy(
 *     spacing({ keys, pixdim: 1.5, mode }),
 *     spatialCrop({ keys, roiSize: [96, 96, 96], roiCenter: [100, 100, 60] }),
 *     randAffine({ keys, prob: 0.5, rotateRange: 0.2, mode, paddingMode: "border" }),
 *   ),
 * );
 * ```
 */
export function lazy<A, B>(o1: Kept<A, B>): Kept<A, B>;
export function lazy<A, B, C>(o1: Kept<A, B>, o2: Kept<B, C>): Kept<A, C>;
export function lazy<A, B, C, D>(o1: Kept<A, B>, o2: Kept<B, C>, o3: Kept<C, D>): Kept<A, D>;
export function lazy<A, B, C, D, E>(o1: Kept<A, B>, o2: Kept<B, C>, o3: Kept<C, D>, o4: Kept<D, E>): Kept<A, E>;
export function lazy<A, B, C, D, E, F>(
  o1: Kept<A, B>,
  o2: Kept<B, C>,
  o3: Kept<C, D>,
  o4: Kept<D, E>,
  o5: Kept<E, F>,
): Kept<A, F>;
export function lazy<A, B, C, D, E, F, G>(
  o1: Kept<A, B>,
  o2: Kept<B, C>,
  o3: Kept<C, D>,
  o4: Kept<D, E>,
  o5: Kept<E, F>,
  o6: Kept<F, G>,
): Kept<A, G>;
export function lazy<A, B, C, D, E, F, G, H>(
  o1: Kept<A, B>,
  o2: Kept<B, C>,
  o3: Kept<C, D>,
  o4: Kept<D, E>,
  o5: Kept<E, F>,
  o6: Kept<F, G>,
  o7: Kept<G, H>,
): Kept<A, H>;
export function lazy(...operators: readonly OperatorFunction<never, unknown>[]): OperatorFunction<never, unknown> {
  const token = {};
  const transforms = branchesOf("lazy", operators).flat();
  return makeOperator(
    transforms.map((transform, n) => ({ ...transform, lazy: token, fingerprint: lazily(transform, n) })),
  );
}

/** Not that of the transform alone: joined with its neighbours, it gives other samples within interpolation's error. */
function lazily({ fingerprint }: Transform, place: number): string | undefined {
  return fingerprint === undefined ? undefined : fingerprintOf("lazy", 1, [fingerprint, place]);
}
