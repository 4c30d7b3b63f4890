import { PipelineError } from "../errors.ts";
import type { Affine } from "./affine.ts";
import { translateAffine } from "./affine.ts";
import { copyContiguous } from "./copy.ts";
import { allocate, type Dtype, type TypedArray } from "./samples.ts";
import { Volume, type VolumeMeta } from "./volume.ts";

/** Order of a tensor's axes, the slowest first; for 2D images the Z is left out (`NCXY`). */
export type TensorLayout = "NCXYZ" | "NCZYX" | "NXYZC" | "NZYXC";

/** What a tensor keeps of each volume in it. */
export interface TensorItem {
  /** Voxel index to RAS+ mm of this volume in the tensor (padding is accounted for). */
  readonly affine: Affine;
  readonly meta: VolumeMeta;
  /** Spatial shape before padding, and the voxels that padding put before it on each axis. */
  readonly spatialShape: readonly number[];
  readonly padding: readonly number[];
}

/**
 * A batch of volumes: row-major samples without gaps, as tfjs (`tf.tensor(data, shape)`) and onnxruntime
 * (`new Tensor("float32", data, shape)`) take them without another copy. The samples belong to whoever holds the tensor.
 */
export interface Tensor {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly layout: TensorLayout;
  readonly items: readonly TensorItem[];
}

/** How {@link stackVolumes} is told. */
export interface StackOptions {
  readonly layout: TensorLayout;
  /** Pads each axis to the longest instead of refusing shapes that differ. */
  readonly pad: boolean;
  /** Value of padding. */
  readonly padValue: number;
  /** Where padding goes: on both sides, the odd voxel behind, or all behind. */
  readonly padMethod: "symmetric" | "end";
}

/** Tells whether a value is a {@link Tensor}. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "layout" in value && "items" in value && "data" in value;
}

/**
 * Stacks volumes into one tensor: the one copy of their samples. Element types that differ become float32.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when shapes differ and may not be padded
 */
export function stackVolumes(volumes: readonly Volume[], options: StackOptions): Tensor {
  const { layout, pad, padValue, padMethod } = options;
  const [first] = volumes;
  if (!first) throw new PipelineError("VOXRX_SHAPE_MISMATCH", "a batch of no volumes has no shape");
  const shape = first.shape.map((_, axis) => Math.max(...volumes.map((volume) => volume.shape[axis] ?? 0)));
  checkShapes(volumes, shape, pad);
  const dtype = volumes.every((volume) => volume.dtype === first.dtype) ? first.dtype : "float32";
  const axes = axesOf(layout, shape.length);
  const size = shape.reduce((product, n) => product * n, 1);
  const data = allocate(dtype, size * volumes.length);
  if (padValue !== 0) data.fill(padValue);
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of [...axes].reverse()) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  const items = volumes.map((volume, place): TensorItem => {
    const extra = volume.shape.map((n, axis) => shape[axis]! - n);
    const before = extra.map((n, axis) => (axis === 0 || padMethod === "end" ? 0 : Math.floor(n / 2)));
    const start = before.reduce((sum, n, axis) => sum + n * strides[axis]!, place * size);
    copyContiguous(volume.samples, volume.shape, volume.strides, volume.offset, data, strides, start);
    const padding = before.slice(1);
    const affine = translateAffine(
      volume.affine,
      [0, 1, 2].map((axis) => -(padding[axis] ?? 0)),
    );
    return { affine, meta: volume.meta, spatialShape: [...volume.spatialShape], padding };
  });
  return { data, shape: [volumes.length, ...axes.map((axis) => shape[axis]!)], dtype, layout, items };
}

/** The n-th volume of a tensor, without its padding: a view of the tensor's samples. */
export function volumeAt(tensor: Tensor, n: number): Volume {
  const item = tensor.items[n];
  if (!item) throw new PipelineError("VOXRX_OUT_OF_RANGE", `there is no volume ${n} among ${tensor.items.length}`);
  const axes = axesOf(tensor.layout, tensor.shape.length - 1);
  const sizes = tensor.shape.slice(1);
  const shape = new Array<number>(sizes.length).fill(0);
  const strides = new Array<number>(sizes.length).fill(0);
  let step = 1;
  for (let place = sizes.length - 1; place >= 0; place--) {
    shape[axes[place]!] = sizes[place]!;
    strides[axes[place]!] = step;
    step *= sizes[place]!;
  }
  const data = tensor.data.subarray(n * step, (n + 1) * step);
  const whole = new Volume({ data, shape, strides, affine: item.affine, meta: item.meta });
  const end = item.padding.map((before, axis) => before + item.spatialShape[axis]!);
  return whole.crop(item.padding, end);
}

/** The volume's axes (0 channel, 1 x, 2 y, 3 z) in the order of a layout, the slowest first. */
function axesOf(layout: TensorLayout, rank: number): number[] {
  return [...layout.slice(1)].map((letter) => "CXYZ".indexOf(letter)).filter((axis) => axis < rank);
}

function checkShapes(volumes: readonly Volume[], shape: readonly number[], pad: boolean): void {
  for (const volume of volumes) {
    const sameRank = volume.shape.length === shape.length && volume.channels === shape[0];
    if (sameRank && (pad || volume.shape.every((n, axis) => n === shape[axis]))) continue;
    const shapes = [...new Set(volumes.map(({ shape: each }) => `[${each}]`))].join(", ");
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `volumes of shapes ${shapes} do not stack`, {
      remedy: sameRank
        ? 'Crop, pad or resample them to one shape before, or batch with collate: "pad" or "list".'
        : "Volumes of one batch need as many channels and spatial axes each.",
    });
  }
}
