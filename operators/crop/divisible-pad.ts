import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { padVolume } from "../../src/volume/pad.ts";
import { isPlainPadding, marginsTo, type PadOptions, padShape } from "./spatial-pad.ts";

/** Options of {@link divisiblePad}. */
export interface DivisiblePadOptions<K extends string = never> extends FieldOptions<K>, PadOptions {
  /** What sizes shall be multiples of, in voxels: one number for all axes, or one per axis; 0 or less leaves an axis as it is. */
  readonly k: number | readonly number[];
}

/**
 * Pads images until the size of each axis is a multiple of `k`, as networks that halve several times need it. No voxel moves in the
 * world: the affine follows. The element type stays, unless it cannot hold `value` (then float32). Deterministic (MONAI: `DivisiblePad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE`, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { divisiblePad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(divisiblePad({ k: 16 }));
 * ```
 */
export function divisiblePad<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: DivisiblePadOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("divisiblePad", schema, options);
  const { k, mode, value, method } = checked;
  return volumeTransform<K, T>({
    name: "divisiblePad",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: isPlainPadding(checked),
    each: (volume) => {
      const size = volume.spatialShape.map((n, axis) => {
        const divisor = typeof k === "number" ? k : (k[axis] ?? 0);
        return divisor > 0 ? Math.ceil(n / divisor) * divisor : n;
      });
      const margins = marginsTo(volume, size, method);
      return withApplied(padVolume(volume, margins, mode, value), "divisiblePad", volume, { ...margins });
    },
  });
}

const schema = z.strictObject({
  ...fieldShape,
  k: z.union([z.int(), z.array(z.int()).min(1).max(3)]),
  ...padShape,
});
