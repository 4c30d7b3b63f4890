import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions } from "../../src/options.ts";
import type { AnyTensor } from "../../src/volume/tensor.ts";
import { lendingStage } from "./shared/lent-tensors.ts";
import type { LentTensorOptions, TensorOperator } from "./shared/with-tensors.ts";

/** Options of {@link toTfjs}. */
export interface ToTfjsOptions extends LentTensorOptions {}

/** What {@link toTfjs} needs of TensorFlow.js: `import * as tf from "@tensorflow/tfjs"` or `"@tensorflow/tfjs-core"`. */
export interface TfjsModule<X extends TfjsTensor = TfjsTensor> {
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: "float32" | "int32"): X;
}

/** What {@link toTfjs} needs of a tensor of TensorFlow.js. */
export interface TfjsTensor {
  dispose(): void;
}

/**
 * Turns the tensors of items, in nested records and lists too, into tensors of TensorFlow.js of the same shape and
 * order of axes; other fields stay. You hand in your own `tf`: VoxRx doesn't depend on it. An indexed dataset stays
 * indexed.
 *
 * float32 and int32 are passed on without a copy: a backend that keeps arrays (cpu) computes on the memory of the batch,
 * others copy it to theirs. int8, uint8, int16, uint16 and uint32 become int32, which is a copy. float64 is refused,
 * since TensorFlow.js would round it.
 *
 * The tensors of an item are disposed when the next one is requested, and when the run ends, fails, or is left or
 * aborted; one that you disposed yourself stays so. So this goes last: after it are possible `map`, `mapAsync` of one
 * item at a time, `tap`, `filter`, `progress` and `onError`, and what works ahead or keeps items, such as `prefetch` or
 * `toArray()`, is refused. To keep a tensor, `clone()` it. The tensors that `at(i)`, `peek()` and `replay()` give are
 * yours to dispose. A subscriber that is asynchronous must clone too: only `for await` and `forEach` wait for it.
 *
 * `tensorOf(output, { like })` takes what a model made of them back, with the geometry.
 *
 * @param tf the module
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_ITEM_LENT` where something after it would hold its items; `VOXRX_WRONG_FIELD` for a
 *   volume and for float64; `VOXRX_VALUE_RANGE` for a uint32 that int32 can't hold
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core";
 * import { Dataset, type Volume } from "voxrx";
 * import { batch, prefetch, toTfjs } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * declare function train(image: tf.Tensor, label: tf.Tensor): Promise<void>;
 * const training = scans.pipe(batch({ size: 2, layout: "NXYZC" }), prefetch(2), toTfjs(tf));
 * for await (const { image, label } of training) await train(image, label);
 * ```
 */
export function toTfjs<X extends TfjsTensor>(tf: TfjsModule<X>, options: ToTfjsOptions = {}): TensorOperator<X> {
  const { dispose } = checkOptions("toTfjs", schema, { ...options, tf });
  const library = {
    name: "toTfjs",
    make(tensor: AnyTensor, path: string) {
      const data = heldBy(tensor, path);
      return tf.tensor(data, [...tensor.shape], data instanceof Float32Array ? "float32" : "int32");
    },
  };
  return makeOperator<TensorOperator<X>>((input) => lendingStage(input, library, dispose));
}

const schema = v.strictObject({
  tf: v.custom(
    (given) => typeof given === "object" && given !== null && "tensor" in given && typeof given.tensor === "function",
    'expected the module: import * as tf from "@tensorflow/tfjs"',
  ),
  dispose: v.optional(v.boolean(), true),
});

/** The samples of a tensor in a type that TensorFlow.js has. */
function heldBy({ data, dtype }: AnyTensor, path: string): Float32Array | Int32Array {
  if (data instanceof Float32Array || data instanceof Int32Array) return data;
  const where = path === "" ? "the tensor" : `the tensor in field "${path}"`;
  if (data instanceof Float64Array) {
    throw new PipelineError("VOXRX_WRONG_FIELD", `${where} is ${dtype}, which TensorFlow.js doesn't have`, {
      remedy: 'Put castToType({ keys, dtype: "float32" }) before batch(): its values are rounded then.',
    });
  }
  if (data instanceof Uint32Array) {
    const beyond = data.find((value) => value > mostInt32);
    if (beyond !== undefined) {
      throw new PipelineError("VOXRX_VALUE_RANGE", `${where} has the value ${beyond}, beyond int32 (${mostInt32})`, {
        remedy: "Map its values to smaller ones before batch(), or cast it to float32 if they may be rounded.",
      });
    }
  }
  return Int32Array.from(data);
}

const mostInt32 = 2 ** 31 - 1;
