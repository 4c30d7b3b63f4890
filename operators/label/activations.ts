import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { softmaxOf } from "../../src/kernels/channels.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { denseFloats } from "../../src/volume/samples-as.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link activations}. */
export interface ActivationsOptions<K extends string = never> extends FieldOptions<K> {
  /** 1 / (1 + exp(-x)) of every value. Default false. */
  readonly sigmoid?: boolean;
  /** exp(x) over the sum of all channels' at each voxel. Default false. */
  readonly softmax?: boolean;
}

/**
 * Makes probabilities of what a network gives. Shape and affine stay; the result is float32, computed in double and safe from overflow; a NaN makes its
 * voxel NaN. For another function use `lambda`. Deterministic (MONAI: `Activations`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when both are asked for
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { activations, asDiscrete } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(activations({ keys: "pred", sigmoid: true }), asDiscrete({ keys: "pred", threshold: 0.5 }));
 * ```
 */
export function activations<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: ActivationsOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("activations", schema, options);
  return volumeTransform<K, T>({
    name: "activations",
    version: 1,
    options: checked,
    fields: { ...options },
    each: (volume) => activated(volume, checked),
  });
}

const schema = z
  .strictObject({ ...fieldShape, sigmoid: z.boolean().default(false), softmax: z.boolean().default(false) })
  .refine(({ sigmoid, softmax }) => !(sigmoid && softmax), "sigmoid and softmax exclude each other");

function activated(volume: Volume, { sigmoid, softmax }: z.output<typeof schema>): Volume {
  if (!sigmoid && !softmax) return volume.toContiguous("x-fastest", "float32");
  const values = denseFloats(volume);
  if (sigmoid) return volume.withSamples({ data: values.map((x) => 1 / (1 + Math.exp(-x))) });
  return volume.withSamples({ data: softmaxOf(values, volume.channels, values.length / volume.channels) });
}
