import { integerSchema } from "../../src/options.ts";
import { marginsTo } from "../../src/volume/pad-volume.ts";
import { volumeOperator } from "../declare.ts";
import { boxBeforePadding, isPlainPadding, type PadOptions, padded, padShape } from "./shared/margins.ts";
import { positiveOrOne } from "./shared/positive-or-one.ts";

/** Options of {@link divisiblePad}. */
export interface DivisiblePadOptions extends PadOptions {
  /**
   * Divisor of the sizes, in voxels: one number for all axes, or one per axis; 0, -1 or null leaves an axis unchanged.
   */
  readonly k: number | readonly (number | null)[];
}

/**
 * Pads images until the size of each axis is a multiple of `k`, as networks that halve the size several times require.
 * The affine is updated, so voxels keep their world coordinates. The element type stays the same, unless it can't hold
 * `value`: then it becomes float32, or float64 if it has 32 bits. Deterministic (MONAI: `DivisiblePad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE`, or `VOXRX_SHAPE_MISMATCH` when `"reflect"`
 * needs more voxels than the image has
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
  retains: false,
  geometric: isPlainPadding,
  options: { k: positiveOrOne(integerSchema), ...padShape },
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
