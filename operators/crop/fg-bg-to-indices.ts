import type { Observable } from "rxjs";
import { z } from "zod";
import { binaryClasses, ClassCounts } from "../../src/kernels/class-map.ts";
import type { KeysWith, OneOrMore } from "../../src/operator/field-types.ts";
import { keysOf, volumeOf } from "../../src/operator/fields.ts";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { keysSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { labelAndGate } from "./shared/label-sampling.ts";

/** Options of {@link fgBgToIndices}. */
export interface FgBgToIndicesOptions {
  /** Fields that hold labels. */
  readonly keys: OneOrMore<string>;
  /** What is put after a label's name to name the foreground's field. Default `"_fg_indices"`. */
  readonly fgPostfix?: string;
  /** What is put after a label's name to name the background's field. Default `"_bg_indices"`. */
  readonly bgPostfix?: string;
  /** Field that holds an image: background counts only where it is above `imageThreshold`. Default: everywhere. */
  readonly imageKey?: string;
  /** See `imageKey`; in any channel. Default 0. */
  readonly imageThreshold?: number;
}

/** An item with lists of voxels for each of its labels. */
export type WithIndices<T, K extends string, F extends string, B extends string> = T & {
  readonly [N in `${K}${F}` | `${K}${B}`]: Uint32Array;
};

/** Factory of {@link fgBgToIndices}: the names of the fields that it adds are made of its options. */
export type FgBgToIndices = <
  T = unknown,
  const K extends KeysWith<T, Volume> = never,
  const F extends string = "_fg_indices",
  const B extends string = "_bg_indices",
>(
  options: Omit<FgBgToIndicesOptions, "keys"> & {
    /** Fields that hold labels. */
    readonly keys: OneOrMore<K>;
    readonly fgPostfix?: F;
    readonly bgPostfix?: B;
    readonly imageKey?: KeysWith<T, Volume>;
  },
) => unknown extends T ? AddsIndices<K, F, B> : Operator<T, WithIndices<T, K, F, B>, true>;

/** The operator outside of a pipe: it takes any record with volumes in its fields. */
export type AddsIndices<K extends string, F extends string, B extends string> = <T extends Readonly<Record<K, Volume>>>(
  source: Observable<T>,
) => Piped<WithIndices<T, K, F, B>, true>;

/**
 * Lists the voxels of a label's foreground and background once, so that {@link randCropByPosNegLabel} after a cache
 * need not look for them again. Adds fields with the voxels' numbers (z fastest, as NumPy's `ravel` counts them) as
 * `Uint32Array`. Four bytes for each voxel of the image. Deterministic (MONAI: `FgBgToIndicesd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`,
 * `VOXRX_SHAPE_MISMATCH`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { cacheUntilRandom, fgBgToIndices, randCropByPosNegLabel } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(
 *   fgBgToIndices({ keys: "label" }),
 *   cacheUntilRandom(),
 *   randCropByPosNegLabel({
 *     keys: ["image", "label"],
 *     labelKey: "label",
 *     spatialSize: 64,
 *     fgIndicesKey: "label_fg_indices",
 *     bgIndicesKey: "label_bg_indices",
 *   }),
 * );
 * ```
 */
export const fgBgToIndices = itemOperator<FgBgToIndicesOptions, FgBgToIndices>()({
  name: "fgBgToIndices",
  version: 1,
  options: {
    keys: keysSchema,
    fgPostfix: z.string().min(1).default("_fg_indices"),
    bgPostfix: z.string().min(1).default("_bg_indices"),
    imageKey: z.string().min(1).optional(),
    imageThreshold: z.number().default(0),
  },
  rules: [{ test: ({ fgPostfix, bgPostfix }) => fgPostfix !== bgPostfix, fault: "both postfixes are the same" }],
  apply: (item: object, { fgPostfix, bgPostfix, ...options }) => {
    const added: Record<string, Uint32Array> = {};
    for (const labelKey of keysOf(options) ?? []) {
      const { label, gate } = labelAndGate(item, [volumeOf(item, labelKey)], { ...options, labelKey });
      const counts = new ClassCounts(binaryClasses(label, gate), 2);
      added[`${labelKey}${fgPostfix}`] = counts.list(1);
      added[`${labelKey}${bgPostfix}`] = counts.list(0);
    }
    return { ...item, ...added };
  },
});
