import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { changeLabels } from "../../src/kernels/relabel.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { allocate, type Dtype, dtypes } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link mapLabelValue}. */
export interface MapLabelValueOptions<K extends string = never> extends FieldOptions<K> {
  /** Values to be replaced, each once. */
  readonly origLabels: readonly number[];
  /** What each becomes, in the same order. */
  readonly targetLabels: readonly number[];
  /** Element type of the result. Default: the label's own if it holds all of the new values, else float32. */
  readonly dtype?: Dtype;
}

/**
 * Replaces values of labels by others, all at once; values that are not named stay. Shape and affine stay. Deterministic (MONAI: `MapLabelValue`, which
 * gives float32).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { mapLabelValue } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(mapLabelValue({ keys: "label", origLabels: [500, 600], targetLabels: [1, 2] }));
 * ```
 */
export function mapLabelValue<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: MapLabelValueOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("mapLabelValue", schema, options);
  const targets = new Map(checked.origLabels.map((value, n) => [value, checked.targetLabels[n] ?? value]));
  return volumeTransform<K, T>({
    name: "mapLabelValue",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => mapped(volume, targets, checked.dtype),
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    origLabels: z.array(z.number()).min(1),
    targetLabels: z.array(z.number()).min(1),
    dtype: z.enum(dtypes as [Dtype, ...Dtype[]]).optional(),
  })
  .refine(
    ({ origLabels, targetLabels }) => origLabels.length === targetLabels.length,
    "there is not one target for each label",
  )
  .refine(({ origLabels }) => new Set(origLabels).size === origLabels.length, "a label is named twice");

function mapped(volume: Volume, targets: ReadonlyMap<number, number>, asked: Dtype | undefined): Volume {
  const { samples } = volume.toContiguous("x-fastest");
  const dtype =
    asked ?? ([...targets.values()].every((value) => holds(volume.dtype, value)) ? volume.dtype : "float32");
  const data = allocate(dtype, samples.length);
  changeLabels(samples, (value) => targets.get(value) ?? value, data);
  return volume.withSamples({ data });
}

function holds(dtype: Dtype, value: number): boolean {
  const held = allocate(dtype, 1);
  held[0] = value;
  return held[0] === value;
}
