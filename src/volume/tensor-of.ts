/** Tensors of VoxRx made of what a model returned. */
import { OptionError, PipelineError } from "../errors.ts";
import { dtypeOf, holds, isTypedArray, type TypedArray } from "../samples.ts";
import { displayable } from "./describe-volume.ts";
import { sizeOfShape } from "./strides.ts";
import { isTensor } from "./tensor.ts";
import type { AnyTensor, Tensor } from "./tensor-layout.ts";

/**
 * The output of a model: a tensor of ONNX Runtime (`dims`, `getData()`), of TensorFlow.js or an array of jax-js (`shape`,
 * `data()`), or any samples with their shape.
 */
export type ModelOutput = (
  | { readonly shape: readonly number[] }
  | { readonly dims: readonly number[]; readonly shape?: never }
) & {
  readonly data: unknown;
};

/** A tensor that `toTfjs` or `toOrt` made. */
interface MadeTensor {
  dispose(): void;
}

/** Options of {@link tensorOf}. */
export interface TensorOfOptions {
  /**
   * The input of the model, which has the geometry: a tensor of a batch, or what `toTfjs` or `toOrt` made of one.
   */
  readonly like: Tensor | MadeTensor;
}

type Geometry = Pick<Tensor, "shape" | "layout" | "items">;

const geometries = new WeakMap<object, Geometry>();

/** Notes which tensor another library's one was made of. */
export function noteGeometry(made: object, tensor: AnyTensor): void {
  if (!isTensor(tensor)) return;
  const { shape, layout, items } = tensor;
  geometries.set(made, { shape, layout, items });
}

/**
 * Makes a tensor of a model's output, with affines, meta, padding and layout of the model's input `like`, so that
 * `unbatch`, `stitch`, `invert`, `asDiscrete` and `save` go on with it. Batch and spatial axes must be those of the
 * input; the number of channels may differ, and the axis of a single channel may be missing, as after an argmax.
 *
 * The samples are those of the output, without a copy, where they are on the CPU and of a type that VoxRx has: the output
 * must then not be written to. 64-bit integers become int32. The output is not disposed; `data()` of jax-js uses it up
 * (pass `output.ref` to keep it).
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` with both shapes; `VOXRX_WRONG_FIELD` for samples of a type that VoxRx
 *   doesn't have; `VOXRX_VALUE_RANGE` for a 64-bit integer beyond int32
 * @throws OptionError `VOXRX_BAD_OPTION` for a `like` without geometry
 * @example
 * ```ts
 * import * as ort from "onnxruntime-web";
 * import { Dataset, type Volume, tensorOf } from "voxrx";
 * import { asDiscrete, batch, map, unbatch } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * declare const session: ort.InferenceSession;
 * scans.pipe(
 *   batch(1),
 *   map(async ({ image }) => {
 *     const { logits } = await session.run({ image: new ort.Tensor(image.dtype, image.data, image.shape) });
 *     if (!logits) throw new Error("the model has no output named logits");
 *     return { pred: await tensorOf(logits, { like: image }) };
 *   }),
 *   unbatch(),
 *   asDiscrete({ keys: "pred", argmax: true }),
 * );
 * ```
 */
export async function tensorOf(output: ModelOutput, { like }: TensorOfOptions): Promise<Tensor> {
  const geometry = isTensor(like) ? like : geometries.get(like);
  if (!geometry) {
    throw new OptionError("VOXRX_BAD_OPTION", "like: expected a tensor with the geometry of a batch", {
      operator: "tensorOf",
      remedy: "Pass the batch's tensor that the model got, or what toTfjs or toOrt made of it.",
    });
  }
  // An output of another name is undefined, which a program in JavaScript passes on.
  if (typeof output !== "object" || output === null || !("shape" in output || "dims" in output)) {
    throw new OptionError("VOXRX_BAD_OPTION", "output: expected a tensor of a model, or { data, shape }", {
      operator: "tensorOf",
      remedy: "Look at the names of the model's outputs: one that it doesn't have is undefined.",
    });
  }
  const shape = shapeLike(output.shape ?? output.dims, geometry);
  const data = samplesIn(await dataOf(output));
  if (data.length !== sizeOfShape(shape)) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `the output has ${data.length} samples for shape [${shape}]`, {
      operator: "tensorOf",
      remedy: "Pass an output whose data has one number for each element of its shape.",
    });
  }
  const { layout, items } = geometry;
  return displayable({ data, shape, dtype: dtypeOf(data), layout, items });
}

/** The output's shape, with an axis of channels. */
function shapeLike(given: readonly number[], { shape, layout }: Geometry): number[] {
  const channels = layout.startsWith("NC") ? 1 : shape.length - 1;
  const whole = given.length === shape.length - 1 ? given.toSpliced(channels, 0, 1) : [...given];
  const fits = whole.length === shape.length && whole.every((n, axis) => axis === channels || n === shape[axis]);
  if (fits) return whole;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `the output has shape [${given}], which does not fit the input of shape [${shape}] (${layout})`,
    {
      operator: "tensorOf",
      remedy: "The model must keep the batch and the spatial size of its input; resize its output if it is smaller.",
    },
  );
}

function dataOf(output: ModelOutput): unknown {
  // First what works wherever the samples are: of a tensor on a GPU, ONNX Runtime's `data` throws.
  if ("getData" in output && typeof output.getData === "function") return output.getData();
  return typeof output.data === "function" ? Reflect.apply(output.data, output, []) : output.data;
}

function samplesIn(data: unknown): TypedArray {
  if (isTypedArray(data)) return data;
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return int32Of(data);
  const what = ArrayBuffer.isView(data) ? `a ${data.constructor.name}` : `of type ${typeof data}`;
  throw new PipelineError("VOXRX_WRONG_FIELD", `the data of the output is ${what}, which is not an array of samples`, {
    operator: "tensorOf",
    remedy: "Let the model end in a cast to float32 or to an integer of up to 32 bits.",
  });
}

/** ONNX's argmax returns 64-bit integers. */
function int32Of(data: BigInt64Array | BigUint64Array): Int32Array {
  const samples = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]!);
    if (!holds("int32", value)) {
      throw new PipelineError("VOXRX_VALUE_RANGE", `the output has the value ${data[i]}, which int32 can't hold`, {
        operator: "tensorOf",
        remedy: "Let the model end in a cast to float32 or to int32.",
      });
    }
    samples[i] = value;
  }
  return samples;
}
