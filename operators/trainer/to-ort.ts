import * as v from "valibot";
import { makeOperator } from "../../src/operator/make-operator.ts";
import { checkOptions } from "../../src/options.ts";
import type { Dtype, TypedArray } from "../../src/samples.ts";
import type { AnyTensor } from "../../src/volume/tensor.ts";
import { lendingStage } from "./shared/lent-tensors.ts";
import type { LentTensorOptions, TensorOperator } from "./shared/with-tensors.ts";

/** Options of {@link toOrt}. */
export interface ToOrtOptions extends LentTensorOptions {}

/**
 * What {@link toOrt} needs of ONNX Runtime: `import * as ort from "onnxruntime-node"`, `"onnxruntime-web"` or
 * `"onnxruntime-common"`.
 */
export interface OrtModule<X extends OrtTensor = OrtTensor> {
  readonly Tensor: new (type: Dtype, data: TypedArray, dims: readonly number[]) => X;
}

/** What {@link toOrt} needs of a tensor of ONNX Runtime. */
export interface OrtTensor {
  dispose(): void;
}

/**
 * Turns the tensors of items, in nested records and lists too, into tensors of ONNX Runtime of the same shape, element
 * type and order of axes; other fields stay. You hand in your own `ort`: VoxRx doesn't depend on it. Nothing is copied:
 * the tensor has the memory of the batch, which a session reads or copies to its device. An indexed dataset stays
 * indexed.
 *
 * The tensors of an item are disposed when the next one is requested, and when the run ends, fails, or is left or
 * aborted; one that you disposed yourself stays so. So this goes last: after it are possible `map`, `mapAsync` of one
 * item at a time, `tap`, `filter`, `progress` and `onError`, and what works ahead or keeps items, such as `prefetch` or
 * `toArray()`, is refused. The tensors that `at(i)`, `peek()` and `replay()` give are yours to dispose. A subscriber
 * that is asynchronous must be done with a tensor before it waits: only `for await` and `forEach` wait for it.
 *
 * `tensorOf(output, { like })` takes what a model made of them back, with the geometry.
 *
 * @param ort the module
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_ITEM_LENT` where something after it would hold its items; `VOXRX_WRONG_FIELD` for a
 *   volume
 * @example
 * ```ts
 * import * as ort from "onnxruntime-web";
 * import { Dataset, type Volume } from "voxrx";
 * import { batch, toOrt } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * declare const session: ort.InferenceSession;
 * for await (const { image } of scans.pipe(batch(1), toOrt(ort))) {
 *   const { logits } = await session.run({ image });
 *   console.log(logits?.dims);
 * }
 * ```
 */
export function toOrt<X extends OrtTensor>(ort: OrtModule<X>, options: ToOrtOptions = {}): TensorOperator<X> {
  const { dispose } = checkOptions("toOrt", schema, { ...options, ort });
  const library = {
    name: "toOrt",
    make: ({ dtype, data, shape }: AnyTensor) => new ort.Tensor(dtype, data, [...shape]),
  };
  return makeOperator<TensorOperator<X>>((input) => lendingStage(input, library, dispose));
}

const schema = v.strictObject({
  ort: v.custom(
    (given) => typeof given === "object" && given !== null && "Tensor" in given && typeof given.Tensor === "function",
    'expected the module: import * as ort from "onnxruntime-node"',
  ),
  dispose: v.optional(v.boolean(), true),
});
