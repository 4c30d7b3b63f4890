import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, roiSizeSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type Margins, type PadMode, padVolume } from "../../src/volume/pad.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** How padding is made. */
export interface PadOptions {
  /** Where padding goes: on both sides, the odd voxel behind, or all behind. Default `"symmetric"`. */
  readonly method?: "symmetric" | "end";
  /** What padding holds: `value`, the nearest voxel, or the image mirrored at its outermost voxels. Default `"constant"`. */
  readonly mode?: PadMode;
  /** Value of constant padding. Default 0. */
  readonly value?: number;
}

/** Options of {@link spatialPad}. */
export interface SpatialPadOptions<K extends string = never> extends FieldOptions<K>, PadOptions {
  /** The least size in voxels: one number for all axes, or one per axis; -1 keeps an axis. */
  readonly spatialSize: number | readonly number[];
}

/**
 * Adds voxels around images until they have a size; what is larger stays. The affine follows, so that no voxel moves in the world.
 * The element type stays, unless it cannot hold `value`: then it becomes float32. Deterministic (MONAI: `SpatialPad`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { spatialPad } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(spatialPad({ spatialSize: [96, 96, -1] }));
 * ```
 */
export function spatialPad<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SpatialPadOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("spatialPad", schema, options);
  const { spatialSize, mode, value, method } = checked;
  return volumeTransform<K, T>({
    name: "spatialPad",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: isPlainPadding(checked),
    each: (volume) => {
      const margins = marginsTo(volume, spatialSize, method);
      return withApplied(padVolume(volume, margins, mode, value), "spatialPad", volume, { ...margins });
    },
  });
}

/** Checks of {@link PadOptions}. */
export const padShape = {
  method: z.enum(["symmetric", "end"]).default("symmetric"),
  mode: z.enum(["constant", "edge", "reflect"]).default("constant"),
  value: z.number().default(0),
};

/** Whether padding is one that resampling knows too: zeros or the nearest voxel. */
export function isPlainPadding({ mode, value }: { readonly mode: PadMode; readonly value: number }): boolean {
  return mode === "edge" || (mode === "constant" && value === 0);
}

const schema = z.strictObject({
  ...fieldShape,
  spatialSize: roiSizeSchema,
  ...padShape,
});

/** The voxels that an image lacks of a size. */
export function marginsTo(volume: Volume, size: number | readonly number[], method: "symmetric" | "end"): Margins {
  const lacking = volume.spatialShape.map((n, axis) => {
    const asked = typeof size === "number" ? size : (size[axis] ?? -1);
    return Math.max(asked - n, 0);
  });
  const before = lacking.map((n) => (method === "symmetric" ? Math.floor(n / 2) : 0));
  return { before, after: lacking.map((n, axis) => n - (before[axis] ?? 0)) };
}
