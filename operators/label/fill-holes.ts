import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { enclosed } from "../../src/kernels/components.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { labelChannels, maskOf, valuesIn } from "../../src/volume/label-channels.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { connectivitySchema, labelsSchema } from "./keep-largest-connected-component.ts";

/** Options of {@link fillHoles}. */
export interface FillHolesOptions<K extends string = never> extends FieldOptions<K> {
  /** Labels whose holes are filled: values, or channels of a one-hot label. Default: all but 0. */
  readonly appliedLabels?: number | readonly number[];
  /** How what is outside gets in: through faces (1), edges too (2), corners too (3). Default: all of the image's axes. */
  readonly connectivity?: number;
}

/**
 * Fills what a label encloses: voxels that cannot be reached from outside of the image but through the label get its value, whatever they were (of a
 * one-hot label 1 in its channel). Labels are taken in ascending order. Shape, affine and element type stay. Deterministic (MONAI: `FillHoles`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { fillHoles } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(fillHoles({ keys: "pred", appliedLabels: 1 }));
 * ```
 */
export function fillHoles<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: FillHolesOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("fillHoles", schema, options);
  return volumeTransform<K, T>({
    name: "fillHoles",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => filled(volume, checked),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  appliedLabels: labelsSchema.optional(),
  connectivity: connectivitySchema.optional(),
});

function filled(volume: Volume, { appliedLabels, connectivity }: z.output<typeof schema>): Volume {
  const label = labelChannels(volume);
  const samples = label.samples.slice();
  const isOnehot = volume.channels > 1;
  const rank = volume.spatialShape.length;
  const all = isOnehot ? Array.from({ length: volume.channels - 1 }, (_, n) => n + 1) : valuesIn(label, 0);
  for (const own of [...(appliedLabels ?? all)].sort((a, b) => a - b)) {
    if (own === 0 || (isOnehot && (own < 0 || own >= volume.channels))) continue;
    const channel = isOnehot ? own : 0;
    // What an earlier label filled is there for the later ones.
    const mask = maskOf({ ...label, samples }, channel, isOnehot ? (value) => value !== 0 : (value) => value === own);
    const holes = enclosed(mask, label.shape, connectivity ?? rank, rank === 2);
    const from = channel * label.size;
    for (let i = 0; i < label.size; i++) if (holes[i] === 1) samples[from + i] = isOnehot ? 1 : own;
  }
  return volume.withSamples({ data: samples });
}
