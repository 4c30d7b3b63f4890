import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { keysOf, volumeOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { binaryClasses, ClassCounts } from "../../src/kernels/class-map.ts";
import { checkOptions, keysSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { labelAndGate } from "./label-sampling.ts";

/** Options of {@link fgBgToIndices}. */
export interface FgBgToIndicesOptions<K extends string, F extends string, B extends string> {
  /** Fields that hold labels. */
  readonly keys: K | readonly K[];
  /** What is put behind a label's name to name the foreground's field. Default `"_fg_indices"`. */
  readonly fgPostfix?: F;
  /** What is put behind a label's name to name the background's field. Default `"_bg_indices"`. */
  readonly bgPostfix?: B;
  /** Field that holds an image: background counts only where it is above `imageThreshold`. Default: everywhere. */
  readonly imageKey?: string;
  /** See `imageKey`; in any channel. Default 0. */
  readonly imageThreshold?: number;
}

/** An item with lists of voxels for each of its labels. */
export type WithIndices<T, K extends string, F extends string, B extends string> = T & {
  readonly [N in `${K}${F}` | `${K}${B}`]: Uint32Array;
};

/**
 * Lists the voxels of a label's foreground and background once, so that {@link randCropByPosNegLabel} behind a cache need not look for them again.
 * Adds fields with the voxels' numbers (z fastest, as NumPy's `ravel` counts them) as `Uint32Array`. Four bytes for each voxel of the image.
 * Deterministic (MONAI: `FgBgToIndicesd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`, `VOXRX_SHAPE_MISMATCH`
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
export function fgBgToIndices<
  const K extends string,
  const F extends string = "_fg_indices",
  const B extends string = "_bg_indices",
  T extends Readonly<Record<K, Volume>> = Readonly<Record<K, Volume>>,
>(options: FgBgToIndicesOptions<K, F, B>): IndexedOperator<T, WithIndices<T, K, F, B>> {
  const checked = checkOptions("fgBgToIndices", schema, options);
  const { fgPostfix, bgPostfix, imageKey, imageThreshold } = checked;
  return transformOperator<T, WithIndices<T, K, F, B>>({
    name: "fgBgToIndices",
    version: 1,
    options: checked,
    apply: (item) => {
      const added: Record<string, Uint32Array> = {};
      for (const key of keysOf(checked) ?? []) {
        const asked = { labelKey: key, imageThreshold, ...(imageKey === undefined ? {} : { imageKey }) };
        const { label, gate } = labelAndGate(item, [volumeOf(item, key)], asked);
        const counts = new ClassCounts(binaryClasses(label, gate), 2);
        added[`${key}${fgPostfix}`] = counts.list(1);
        added[`${key}${bgPostfix}`] = counts.list(0);
      }
      return withFields<T, WithIndices<T, K, F, B>>(item, added);
    },
  });
}

const schema = z
  .strictObject({
    keys: keysSchema,
    fgPostfix: z.string().min(1).default("_fg_indices"),
    bgPostfix: z.string().min(1).default("_bg_indices"),
    imageKey: z.string().min(1).optional(),
    imageThreshold: z.number().default(0),
  })
  .refine(({ fgPostfix, bgPostfix }) => fgPostfix !== bgPostfix, "both postfixes are the same");

// The names of the added fields are made of the options: the compiler is told what they come to.
function withFields<T, R>(item: T, added: Readonly<Record<string, Uint32Array>>): R;
function withFields(item: object, added: object): unknown {
  return { ...item, ...added };
}
