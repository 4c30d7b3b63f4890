import type { Observable } from "rxjs";
import * as v from "valibot";
import type { KeysWith, OneOrMore } from "../../src/item/record-types.ts";
import { binaryClasses, ClassCounts } from "../../src/kernels/class-map.ts";
import { keysOf, volumeOf } from "../../src/operator/fields.ts";
import { keysSchema, nonEmptySchema, numberSchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { itemOperator } from "../declare.ts";
import { labelAndGate } from "./shared/label-sampling.ts";

/** Options of {@link fgBgToIndices}. */
export interface FgBgToIndicesOptions {
  /** Fields that hold labels. */
  readonly keys: OneOrMore<string>;
  /** Suffix that makes the foreground's field from the label's name. Default `"_fg_indices"`. */
  readonly fgPostfix?: string;
  /** Suffix that makes the background's field from the label's name. Default `"_bg_indices"`. */
  readonly bgPostfix?: string;
  /**
   * Field that holds an image: a voxel counts as background only where this is above `imageThreshold`. Default:
   * everywhere.
   */
  readonly imageKey?: string;
  /** Threshold for `imageKey`; one channel above it is enough. Default 0. */
  readonly imageThreshold?: number;
}

/** An item with lists of voxel indices for each of its labels. */
export type WithIndices<T, K extends string, F extends string, B extends string> = T & {
  readonly [N in `${K}${F}` | `${K}${B}`]: Uint32Array;
};

/** Factory of {@link fgBgToIndices}: its options decide the names of the fields that it adds. */
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
) => unknown extends T ? IndicesOperator<K, F, B> : Operator<T, WithIndices<T, K, F, B>, true>;

/** The operator outside of a pipe: it accepts any record with volumes in its fields. */
type IndicesOperator<K extends string, F extends string, B extends string> = <T extends Readonly<Record<K, Volume>>>(
  source: Observable<T>,
) => Piped<WithIndices<T, K, F, B>, true>;

/**
 * Adds lists of a label's foreground and background voxels, so that {@link randCropByPosNegLabel} after a cache does
 * not have to search for them again. Each list is a field with a `Uint32Array` of flat indices (z fastest, as in
 * NumPy's `ravel`). Together they take four bytes for each voxel of the image. Deterministic (MONAI: `FgBgToIndicesd`).
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
  retains: false,
  options: {
    keys: keysSchema,
    fgPostfix: v.optional(nonEmptySchema, "_fg_indices"),
    bgPostfix: v.optional(nonEmptySchema, "_bg_indices"),
    imageKey: v.optional(nonEmptySchema),
    imageThreshold: v.optional(numberSchema, 0),
  },
  rules: [
    { test: ({ fgPostfix, bgPostfix }) => fgPostfix !== bgPostfix, fault: "fgPostfix and bgPostfix must differ" },
  ],
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
