import type { OperatorFunction } from "rxjs";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Compose } from "../../src/pipe.ts";
import { joinedLazily } from "../../src/plan/lazy-transforms.ts";
import { branchesOf } from "./shared/branches.ts";

/**
 * Combines several transforms into one, like {@link compose}, and runs adjacent spatial transforms as a single
 * resampling. That is faster, and the image is interpolated only once (MONAI: `Compose(lazy=True)`). Random values are
 * drawn as without it. Flips, orientations, crops, padding with zeros or edges, spacing, resize and zoom (except mode
 * `"area"`), rotate, affine and their random forms can be combined; other transforms receive a resampled image. Where
 * adjacent transforms differ in `mode` or `paddingMode`, the ones before are resampled first. `explain()` shows which
 * ones are combined. After a cache, only the transforms that run there are combined.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for an operator that is not a chain of transforms (`batch`, one of RxJS)
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
 *     spatialCrop({ keys, roiSize: [48, 48, 48], roiCenter: [40, 28, 56] }),
 *     randAffine({ keys, prob: 0.5, rotateRange: [0, 0, 0.4], mode, paddingMode: "border" }),
 *   ),
 * );
 * ```
 */
export const lazy: Compose = (...operators: readonly OperatorFunction<never, unknown>[]) => {
  return makeOperator<never>(joinedLazily(branchesOf("lazy", operators).flat()));
};
