import type { OperatorFunction } from "rxjs";
import { fingerprintOf } from "../../src/fingerprint/fingerprint.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import type { Compose } from "../../src/pipe.ts";
import { branchesOf } from "./shared/branches.ts";

/**
 * Several transforms as one, like {@link compose}, in which neighbouring spatial transforms are done as a single resampling: faster, and the image
 * is interpolated once (MONAI: `Compose(lazy=True)`). What is drawn is the same as without. Flips, orientations, crops, padding with zeros or
 * edges, spacing, resize and zoom (but area), rotate, affine and their random forms take part; other transforms see a resampled image. Where
 * neighbours differ in `mode` or `paddingMode`, what came before is resampled first. `explain()` says which take part; after a cache only the
 * part that runs there is joined.
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
 *     spatialCrop({ keys, roiSize: [96, 96, 96], roiCenter: [100, 100, 60] }),
 *     randAffine({ keys, prob: 0.5, rotateRange: 0.2, mode, paddingMode: "border" }),
 *   ),
 * );
 * ```
 */
export const lazy: Compose = (...operators: readonly OperatorFunction<never, unknown>[]) => {
  const token = {};
  const transforms = branchesOf("lazy", operators).flat();
  return makeOperator<never>(
    transforms.map((transform, place) => ({
      ...transform,
      lazy: token,
      // Not that of the transform alone: joined with its neighbours, it gives other samples within interpolation's error.
      get fingerprint() {
        const { fingerprint } = transform;
        return fingerprint === undefined ? undefined : fingerprintOf("lazy", 1, [fingerprint, place]);
      },
    })),
  );
};
