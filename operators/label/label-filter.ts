import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { changeLabels } from "../../src/kernels/relabel.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { allocate } from "../../src/volume/samples.ts";
import { labelsSchema } from "./keep-largest-connected-component.ts";

/** Options of {@link labelFilter}. */
export interface LabelFilterOptions<K extends string = never> extends FieldOptions<K> {
  /** Values that stay. */
  readonly appliedLabels: number | readonly number[];
}

/**
 * Keeps some values of labels and sets all others to 0. Shape, affine and element type stay. Deterministic (MONAI: `LabelFilter`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { labelFilter } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(labelFilter({ keys: "label", appliedLabels: [1, 5, 9] }));
 * ```
 */
export function labelFilter<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: LabelFilterOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("labelFilter", schema, options);
  const kept = new Set(checked.appliedLabels);
  return volumeTransform<K, T>({
    name: "labelFilter",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => {
      const { samples } = volume.toContiguous("x-fastest");
      const data = allocate(volume.dtype, samples.length);
      changeLabels(samples, (value) => (kept.has(value) ? value : 0), data);
      return volume.withSamples({ data });
    },
  });
}

const schema = z.strictObject({ ...fieldShape, appliedLabels: labelsSchema });
