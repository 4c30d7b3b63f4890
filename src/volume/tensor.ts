import { PipelineError } from "../errors.ts";
import { copyStrided } from "../kernels/copy-strided.ts";
import { commonDtype, type Dtype, dtypeWith, holdsAllOf, isTypedArray, unfilledSamples } from "../samples.ts";
import { translateAffine } from "./affine-matrix.ts";
import { displayable } from "./describe-volume.ts";
import { sizeOfShape } from "./strides.ts";
import {
  type AnyTensor,
  axesOf,
  stridesAlong,
  type Tensor,
  type TensorItem,
  type TensorLayout,
} from "./tensor-layout.ts";
import { Volume } from "./volume.ts";

export type { AnyTensor, Tensor, TensorItem, TensorLayout, VolumeLayout, VolumeTensor } from "./tensor-layout.ts";

/** Options of {@link stackVolumes}. */
export interface StackOptions {
  readonly layout: TensorLayout;
  /** Pad each axis to the longest one. False: throw if shapes differ. */
  readonly pad: boolean;
  /** Value of padding. */
  readonly padValue: number;
  /** Where padding goes: on both sides (with the odd voxel after), or all after. */
  readonly padMethod: "symmetric" | "end";
}

/** Returns whether a value is a {@link Tensor}. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "layout" in value && "items" in value && "data" in value;
}

/** Whether a value is a tensor of a batch, or one of a volume without a batch axis. */
export function isAnyTensor(value: unknown): value is AnyTensor {
  if (isTensor(value)) return true;
  if (typeof value !== "object" || value === null || value instanceof Volume) return false;
  return "layout" in value && "affine" in value && "data" in value && isTypedArray(value.data);
}

/**
 * Stacks volumes into one tensor; this is the only copy of their samples. Different element types become float32 if it
 * can hold all of their values, else the narrowest type that can. A type that can't hold `padValue` becomes float32, or
 * float64 if it has 32 bits, whether or not anything is padded, so that all batches of a pipeline have the same type.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when shapes differ and `pad` is false, or volumes differ in their number
 *   of channels or axes
 */
export function stackVolumes(volumes: readonly Volume[], options: StackOptions): Tensor {
  const { layout, pad, padValue, padMethod } = options;
  const [first] = volumes;
  if (!first) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", "a batch needs at least one volume, got none", {
      remedy: "Give a list with at least one volume.",
    });
  }
  const shape = first.shape.map((_, axis) => Math.max(...volumes.map((volume) => volume.shape[axis] ?? 0)));
  checkShapes(volumes, shape, pad);
  const dtype = dtypeWith(dtypeOfAll(volumes), pad ? [padValue] : []);
  const axes = axesOf(layout, shape.length);
  const size = shape.reduce((product, n) => product * n, 1);
  const data = unfilledSamples(dtype, size * volumes.length);
  if (volumes.some((volume) => volume.size !== size)) data.fill(padValue);
  const strides = stridesAlong(axes, shape);
  const items = volumes.map((volume, place): TensorItem => {
    const extra = volume.shape.map((n, axis) => shape[axis]! - n);
    const before = extra.map((n, axis) => (axis === 0 || padMethod === "end" ? 0 : Math.floor(n / 2)));
    const start = before.reduce((sum, n, axis) => sum + n * strides[axis]!, place * size);
    copyStrided(volume.storage, volume.shape, volume.strides, volume.offset, data, strides, start);
    const padding = before.slice(1);
    const affine = translateAffine(
      volume.affine,
      [0, 1, 2].map((axis) => -(padding[axis] ?? 0)),
    );
    return { affine, meta: volume.meta, spatialShape: [...volume.spatialShape], padding };
  });
  return displayable({ data, shape: [volumes.length, ...axes.map((axis) => shape[axis]!)], dtype, layout, items });
}

/** The n-th volume of a tensor, without its padding: a view of the tensor's samples. */
export function volumeAt(tensor: Tensor, n: number): Volume {
  const item = tensor.items[n];
  if (!item)
    throw new PipelineError(
      "VOXRX_OUT_OF_RANGE",
      `volume ${n} does not exist in a tensor of ${tensor.items.length} volumes`,
      { remedy: `Use a number from 0 to ${tensor.items.length - 1}; the last batch may be smaller.` },
    );
  const axes = axesOf(tensor.layout, tensor.shape.length - 1);
  const shape = new Array<number>(axes.length).fill(0);
  for (const [place, axis] of axes.entries()) shape[axis] = tensor.shape[place + 1]!;
  const strides = stridesAlong(axes, shape);
  const step = sizeOfShape(shape);
  const data = tensor.data.subarray(n * step, (n + 1) * step);
  const whole = new Volume({ data, shape, strides, affine: item.affine, meta: item.meta });
  const end = item.padding.map((before, axis) => before + item.spatialShape[axis]!);
  return whole.crop(item.padding, end);
}

function dtypeOfAll(volumes: readonly Volume[]): Dtype {
  const dtypes = [...new Set(volumes.map(({ dtype }) => dtype))];
  const [first, ...others] = dtypes;
  if (first && others.length === 0) return first;
  return dtypes.every((dtype) => holdsAllOf("float32", dtype)) ? "float32" : commonDtype(dtypes);
}

function checkShapes(volumes: readonly Volume[], shape: readonly number[], pad: boolean): void {
  for (const volume of volumes) {
    const sameRank = volume.shape.length === shape.length && volume.channels === shape[0];
    if (sameRank && (pad || volume.shape.every((n, axis) => n === shape[axis]))) continue;
    const shapes = [...new Set(volumes.map(({ shape: each }) => `[${each}]`))].join(", ");
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `volumes of shapes ${shapes} cannot be stacked`, {
      remedy: sameRank
        ? 'Crop, pad or resample them to one shape first, or batch with collate: "pad" or "list".'
        : "The volumes of a batch need the same number of channels and of spatial axes.",
    });
  }
}
