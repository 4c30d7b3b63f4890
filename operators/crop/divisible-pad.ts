import { z } from "zod";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { boxBeforePadding, isPlainPadding, marginsTo, type PadOptions, padded, padShape } from "./shared/margins.ts";

/** Options of {@link divisiblePad}. */
export interface DivisiblePadOptions extends PadOptions {
  /**
   * What sizes shall be multiples of, in voxels: one number for all axes, or one per axis; 0 or less leaves an axis as
   * it is.
   */
  readonly k: number | readonly number[];
}

/**
 * Pads images until the size of each axis is a multiple of `k`, as networks that halve several times need it. No voxel
 * moves in the world: the affine follows. The element type stays, unless it cannot hold `value` (then float32, or
 * float64 where it has 32 bits). Deterministic (MONAI: `DivisiblePad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE`, `VOXRX_SHAPE_MISMATCH` to mirror more than
 * there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { divisiblePad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(divisiblePad({ k: 16 }));
 * ```
 */
export const divisiblePad = volumeOperator<DivisiblePadOptions>()({
  name: "divisiblePad",
  version: 2,
  geometric: isPlainPadding,
  options: { k: z.union([z.int(), z.array(z.int()).min(1).max(3)]), ...padShape },
  each: (volume, options) => {
    const size = divisibleSize(volume.spatialShape, options.k);
    return padded(volume, marginsTo(volume.spatialShape, size, options.method), options, "divisiblePad");
  },
  region: (box, { options, input: { shape } }) =>
    boxBeforePadding(box, marginsTo(shape, divisibleSize(shape, options.k), options.method), options, shape),
});

function divisibleSize(shape: readonly number[], k: number | readonly number[]): number[] {
  return shape.map((n, axis) => {
    const divisor = typeof k === "number" ? k : (k[axis] ?? 0);
    return divisor > 0 ? Math.ceil(n / divisor) * divisor : n;
  });
}
