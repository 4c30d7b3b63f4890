import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { OptionError } from "../../src/errors.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Margins, type PadMode, padVolume } from "../../src/volume/pad.ts";
import { isPlainPadding, padShape } from "./spatial-pad.ts";

/** Options of {@link borderPad}. */
export interface BorderPadOptions<K extends string = never> extends FieldOptions<K> {
  /** Voxels to add: one number for every side, one per axis for both its sides, or two per axis `[x before, x after, y before, …]`. */
  readonly spatialBorder: number | readonly number[];
  /** What the added voxels hold: one value, the nearest voxel, or the image mirrored. Default `"constant"`. */
  readonly mode?: PadMode;
  /** The value for mode `"constant"`. Default 0. */
  readonly value?: number;
}

/**
 * Adds voxels around images. No voxel moves in the world: the affine follows. The element type stays, unless it cannot hold `value`
 * (then float32). Deterministic (MONAI: `BorderPad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a number of borders that does not fit an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE`, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { borderPad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(borderPad({ spatialBorder: [2, 2, 0], mode: "edge" }));
 * ```
 */
export function borderPad<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: BorderPadOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("borderPad", schema, options);
  const { spatialBorder, mode, value } = checked;
  return volumeTransform<K, T>({
    name: "borderPad",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: isPlainPadding(checked),
    each: (volume) => {
      const margins = marginsOf(spatialBorder, volume.spatialShape.length);
      return withApplied(padVolume(volume, margins, mode, value), "borderPad", volume, { ...margins });
    },
  });
}

const width = z.int().min(0);
const perAxis = "give one number, one per axis, or two per axis";
const schema = z.strictObject({
  ...fieldShape,
  spatialBorder: z.union([width, z.array(width).refine((given) => [1, 2, 3, 4, 6].includes(given.length), perAxis)]),
  mode: padShape.mode,
  value: padShape.value,
});

function marginsOf(border: number | readonly number[], rank: number): Margins {
  const given = [border].flat();
  const each = given.length === 1 ? Array.from({ length: rank }, () => given[0] ?? 0) : given;
  if (each.length === rank) return { before: each, after: each };
  if (each.length === 2 * rank) {
    return { before: each.filter((_, n) => n % 2 === 0), after: each.filter((_, n) => n % 2 === 1) };
  }
  throw new OptionError("VOXRX_BAD_OPTION", `spatialBorder has ${each.length} numbers for an image of ${rank} axes`, {
    operator: "borderPad",
    remedy: `Give one number, ${rank}, or ${2 * rank}.`,
  });
}
