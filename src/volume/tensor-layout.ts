/** Tensors: samples without gaps, in the order of axes that their layout names. */
import { OptionError } from "../errors.ts";
import type { Dtype, TypedArray } from "../samples.ts";
import type { Affine } from "./affine-matrix.ts";
import { displayable } from "./describe-volume.ts";
import type { VolumeMeta } from "./meta.ts";

/** Order of a tensor's axes, the slowest first; for 2D images, Z is left out (`NCXY`). */
export type TensorLayout = "NCXYZ" | "NCZYX" | "NXYZC" | "NZYXC";

/** A {@link TensorLayout} of one volume, without the axis of the batch. */
export type VolumeLayout = "CXYZ" | "CZYX" | "XYZC" | "ZYXC";

/** The layout of a batch or of one volume. */
export type AnyLayout = TensorLayout | VolumeLayout;

/** What a tensor keeps about each of its volumes. */
export interface TensorItem {
  /** Voxel index in the tensor to RAS+ mm for this volume (padding is accounted for). */
  readonly affine: Affine;
  readonly meta: VolumeMeta;
  /** Spatial shape before padding, and the voxels that padding put before it on each axis. */
  readonly spatialShape: readonly number[];
  readonly padding: readonly number[];
}

/**
 * A batch of volumes: row-major samples without gaps, as tfjs (`tf.tensor(data, shape)`) and onnxruntime
 * (`new Tensor("float32", data, shape)`) take them without another copy. The samples belong to the owner of the tensor.
 */
export interface Tensor {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly layout: TensorLayout;
  readonly items: readonly TensorItem[];
}

/**
 * One volume as a tensor without a batch axis: row-major samples without gaps. They belong to the owner of the tensor.
 */
export interface VolumeTensor {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly layout: VolumeLayout;
  /** Voxel index to RAS+ mm. */
  readonly affine: Affine;
  readonly meta: VolumeMeta;
}

/** A tensor of a batch or of one volume. */
export type AnyTensor = Tensor | VolumeTensor;

/** Options of `toTensor`. */
export interface ToTensorOptions<L extends AnyLayout = AnyLayout> {
  /** Order of the axes; for 2D images the Z is left out. Default `"CXYZ"`. */
  readonly layout?: L;
  /** Element type. Default: the volume's. */
  readonly dtype?: Dtype;
}

/** The result of `toTensor` for a layout. */
export type TensorOf<L extends AnyLayout> = L extends TensorLayout ? Tensor : VolumeTensor;

const volumeLayouts: readonly string[] = ["CXYZ", "CZYX", "XYZC", "ZYXC"] satisfies readonly VolumeLayout[];

function hasBatchAxis(layout: AnyLayout): layout is TensorLayout {
  return layout.startsWith("N");
}

/**
 * Makes a tensor of one volume, with its samples in `layout`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for an unknown layout
 */
export function layOut(
  { affine, meta, shape: from, dtype }: Pick<VolumeTensor, "affine" | "meta" | "shape" | "dtype">,
  layout: AnyLayout,
  dataIn: (strides: readonly number[]) => TypedArray,
): AnyTensor {
  if (!volumeLayouts.includes(layout.replace(/^N/, ""))) {
    const known = `${volumeLayouts.join(", ")}, or one of them after an N`;
    throw new OptionError("VOXRX_BAD_OPTION", `toTensor: layout must be ${known}, got ${layout}`);
  }
  const axes = axesOf(layout, from.length);
  const data = dataIn(stridesAlong(axes, from));
  const shape = axes.map((axis) => from[axis]!);
  if (!hasBatchAxis(layout)) return displayable({ data, shape, dtype, layout, affine, meta });
  const spatialShape = from.slice(1);
  const item = { affine, meta, spatialShape, padding: spatialShape.map(() => 0) };
  return displayable({ data, shape: [1, ...shape], dtype, layout, items: [item] });
}

/** The volume's axes (0 channel, 1 x, 2 y, 3 z) in the order of a layout, the slowest first. */
export function axesOf(layout: AnyLayout, rank: number): number[] {
  return [...layout].map((letter) => "CXYZ".indexOf(letter)).filter((axis) => axis >= 0 && axis < rank);
}

/** Strides of a volume's axes in a tensor whose order of axes is `axes`, the slowest first. */
export function stridesAlong(axes: readonly number[], shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of [...axes].reverse()) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}
