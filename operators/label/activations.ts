import * as v from "valibot";
import { softmaxOf } from "../../src/kernels/channels.ts";
import { mapFloatBlocks } from "../../src/kernels/float-blocks.ts";
import { logisticOf } from "../../src/kernels/plain-value-loops.ts";
import { valuesAt } from "../../src/kernels/value-loops.ts";
import { denseFloats } from "../../src/volume/dense-floats.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link activations}. */
export interface ActivationsOptions {
  /** Apply 1 / (1 + exp(-x)) to every value. Default false. */
  readonly sigmoid?: boolean;
  /** At each voxel, divide exp(x) by the sum of exp(x) over all channels. Default false. */
  readonly softmax?: boolean;
}

/**
 * Turns a network's output into probabilities. Shape and affine stay; the result is float32, to within
 * a few roundings of a float, and safe from overflow; a NaN makes its voxel NaN. For another function use `lambda`. Deterministic (MONAI:
 * `Activations`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when both are true
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { activations, asDiscrete } from "voxrx/operators";
 * declare const predictions: Dataset<{ pred: Volume }>;
 * predictions.pipe(activations({ keys: "pred", sigmoid: true }), asDiscrete({ keys: "pred", threshold: 0.5 }));
 * ```
 */
export const activations = volumeOperator<ActivationsOptions>()({
  name: "activations",
  version: 2,
  retains: false,
  options: { sigmoid: v.optional(v.boolean(), false), softmax: v.optional(v.boolean(), false) },
  rules: [{ test: ({ sigmoid, softmax }) => !(sigmoid && softmax), fault: "sigmoid and softmax exclude each other" }],
  each: (volume, { sigmoid, softmax }) => {
    if (!sigmoid && !softmax) return volume.toContiguous("x-fastest", "float32");
    if (sigmoid) return volume.withSamples(mapFloatBlocks(volume, (loops, length) => loops.logistic(valuesAt, length)));
    const values = denseFloats(volume);
    const data = softmaxOf(values, volume.channels, values.length / volume.channels);
    return volume.withSamples({ data, layout: "x-fastest" });
  },
  elementwise: ({ sigmoid, softmax }) => {
    if (softmax) return undefined;
    return { value: sigmoid ? (x) => logisticOf(Math.fround(x)) : (x) => x, dtype: "float32" };
  },
  region: (box) => box,
});
