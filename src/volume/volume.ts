import { copyContiguous } from "../kernels/copy-strided.ts";
import { mapValues } from "../kernels/map-values.ts";
import { allocate, type Dtype, dtypeOf, holdsAllOf, integerRange, type Samples, type TypedArray } from "../samples.ts";
import { type Affine, type AffineLike, affineSpacing, checkedAffine } from "./affine-matrix.ts";
import { axcodesOf } from "./axcodes.ts";
import { frozen, type VolumeMeta } from "./meta.ts";
import { checkedStrides, hasStrides, type Layout, type Placement, sizeOfShape, stridesFor } from "./strides.ts";
import {
  type Tensor,
  type TensorLayout,
  type TensorOf,
  type ToTensorOptions,
  tensorOf,
  type VolumeLayout,
  type VolumeTensor,
} from "./tensor-layout.ts";
import { refuserOf } from "./value-range.ts";
import { cropped, flipped, ofChannels, type Place, permuted, planeOf } from "./views.ts";

export type { Applied, VolumeMeta } from "./meta.ts";
export type { Layout } from "./strides.ts";

/** What a {@link Volume} is made of. */
export interface VolumeInit extends Placement {
  /** Voxel index to RAS+ mm, 16 numbers, row-major. Default: identity. */
  readonly affine?: AffineLike;
  /** What else is known. Default: nothing. */
  readonly meta?: VolumeMeta;
}

/** Memory of a volume. */
interface Storage {
  readonly array: TypedArray;
  /** More than one volume may look at it. */
  shared: boolean;
  /** Someone may write to it, at any time from now on. */
  writable: boolean;
}

/**
 * One image: samples in a typed array, looked at through a channel-first shape, and placed in the world by an affine.
 *
 * Shape `[channels, x, y, z]` (or `[channels, x, y]`), as in nibabel and MONAI. Flips, permutations and crops are
 * views: they share memory and correct the affine. {@link samples}, to read, and {@link data}, to write, are exactly
 * the voxels of the shape in row-major order, whatever the volume is a view of. What is written changes this volume and
 * no other. {@link storage} with {@link strides} and {@link offset} is the memory as it is, for kernels.
 *
 * @example
 * ```ts
 * import { Volume } from "voxrx";
 * const volume = new Volume({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] });
 * volume.get(0, 1, 0, 0); // => 3
 * volume.flip([0]).get(0, 1, 0, 0); // => 1
 * String(volume.flip([0]).samples); // => "3,4,1,2"
 * ```
 */
export class Volume {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly meta: VolumeMeta;
  readonly #affine: Affine;
  #storage: Storage;
  #strides: readonly number[];
  #offset: number;
  /** The samples in row-major order, once they were asked for. */
  #rowMajor: Samples | undefined;

  /** @throws FormatError `VOXRX_BAD_VOLUME` when shape, strides and samples do not fit together, `VOXRX_BAD_AFFINE` */
  constructor(init: VolumeInit) {
    this.shape = Object.freeze([...init.shape]);
    this.#strides = Object.freeze(checkedStrides(init));
    this.#offset = init.offset ?? 0;
    this.#affine = checkedAffine(init.affine);
    this.meta = frozen(init.meta ?? {});
    this.dtype = dtypeOf(init.data);
    this.#storage = { array: init.data, shared: false, writable: false };
  }

  /**
   * Samples to read: exactly the voxels of {@link shape} in row-major order (z fastest, channels slowest), as NumPy,
   * tfjs and onnxruntime have it. No copy if they lie so; else one that is made when first asked for and kept, and
   * counts in {@link byteLength}.
   */
  get samples(): Samples {
    this.#rowMajor ??= this.#inPlace() ?? this.#copied();
    return this.#rowMajor;
  }

  /**
   * Samples to write to, as {@link samples} has them. Memory that a view may look at too, or that lies in another
   * order, is copied first and becomes this volume's own. Views that are made later get copies of what they span. Take
   * `data` again after a view was made.
   */
  get data(): TypedArray {
    const { writable, shared } = this.#storage;
    if (writable && !shared) return this.#storage.array;
    if (shared || !this.isContiguous("z-fastest")) this.#own();
    this.#storage.writable = true;
    return this.#storage.array;
  }

  /**
   * The memory of the samples as it is, to read: the voxels lie in it as {@link strides} and {@link offset} say. Never
   * copies.
   */
  get storage(): Samples {
    return this.#storage.array;
  }

  /** Distance between neighbours along each axis of {@link shape} in {@link storage}, in samples. */
  get strides(): readonly number[] {
    return this.#strides;
  }

  /** Place of the first voxel in {@link storage}, in samples. */
  get offset(): number {
    return this.#offset;
  }

  /** Voxel index to RAS+ mm, row-major: a copy. {@link withAffine} makes a volume with another. */
  get affine(): Affine {
    return this.#affine.slice();
  }

  /** Number of channels. */
  get channels(): number {
    return this.shape[0]!;
  }

  /** Size along each spatial axis, in voxels. */
  get spatialShape(): readonly number[] {
    return this.shape.slice(1);
  }

  /** Voxel size along each spatial axis, in mm. */
  get spacing(): number[] {
    return affineSpacing(this.#affine, this.shape.length - 1);
  }

  /** Letters of the positive end of each spatial axis, such as `RAS` or `LPS`. */
  get axcodes(): string {
    return axcodesOf(this.#affine, this.shape.length - 1);
  }

  /** Number of samples that the shape spans. */
  get size(): number {
    return sizeOfShape(this.shape);
  }

  /** Bytes of the samples that the shape spans, and of their row-major copy if {@link samples} made one. */
  get byteLength(): number {
    const { array } = this.#storage;
    const copy = this.#rowMajor && this.#rowMajor.buffer !== array.buffer ? this.#rowMajor.byteLength : 0;
    return this.size * array.BYTES_PER_ELEMENT + copy;
  }

  /** Whether another volume may look at the same memory, so that {@link data} would copy it. */
  get isShared(): boolean {
    return this.#storage.shared;
  }

  /** The value at a channel and voxel; undefined outside of the shape. */
  get(channel: number, x: number, y: number, z = 0): number | undefined {
    const index = [channel, x, y, z];
    let at = this.#offset;
    for (let axis = 0; axis < this.shape.length; axis++) {
      const i = index[axis]!;
      if (!(Number.isInteger(i) && i >= 0 && i < this.shape[axis]!)) return undefined;
      at += i * this.#strides[axis]!;
    }
    return this.#storage.array[at];
  }

  /** A view with the given spatial axes (0 = x) reversed. Every voxel keeps its place in the world. */
  flip(axes: readonly number[]): Volume {
    return this.#view(flipped(this.#place(), axes));
  }

  /** A view whose spatial axis k is this volume's axis `order[k]`. Every voxel keeps its place in the world. */
  permute(order: readonly number[]): Volume {
    return this.#view(permuted(this.#place(), order));
  }

  /** A view of the voxels from `start` up to, but not including, `end` along each spatial axis. */
  crop(start: readonly number[], end: readonly number[]): Volume {
    return this.#view(cropped(this.#place(), start, end));
  }

  /** A view of the channels from `from` up to, but not including, `to`. */
  selectChannels(from: number, to: number): Volume {
    return this.#view(ofChannels(this.#place(), from, to));
  }

  /**
   * The 2D view of one plane of a 3D volume. The affine keeps the plane's place; its third column is the axis looked
   * along.
   */
  slice(axis: number, index: number): Volume {
    return this.#view(planeOf(this.#place(), axis, index));
  }

  /** Whether {@link storage} is the samples in `layout` without gaps, the first voxel first. */
  isContiguous(layout: Layout = "x-fastest"): boolean {
    return this.#offset === 0 && this.#storage.array.length === this.size && this.#liesIn(layout);
  }

  /**
   * The same image with its {@link storage} in `layout` without gaps, of element type `dtype`. Copies only if it must.
   * To float32, values go to the nearest one.
   *
   * @throws PipelineError `VOXRX_VALUE_RANGE` for a value that an integer type can't hold
   */
  toContiguous(layout: Layout = "x-fastest", dtype: Dtype = this.dtype): Volume {
    const source = this.#converted(dtype);
    if (dtype === source.dtype && source.isContiguous(layout)) return source;
    return this.withSamples({ data: source.#copied(dtype, stridesFor(this.shape, layout)), layout });
  }

  /**
   * A new volume of `fn(value)` for each voxel, in the order in which they lie in memory, which the result keeps:
   * nothing is transposed. Affine and meta stay.
   *
   * @param options.dtype element type of the result. Default: this volume's
   * @throws PipelineError `VOXRX_VALUE_RANGE` for a result that an integer type can't hold
   * @example
   * ```ts
   * import { Volume } from "voxrx";
   * const ct = new Volume({ data: Int16Array.of(-1000, 0, 40, 1000), shape: [1, 2, 2, 1] });
   * ct.mapSamples((hu) => hu / 1000, { dtype: "float32" }).get(0, 0, 0, 0); // => -1
   * ```
   */
  mapSamples(fn: (value: number) => number, { dtype = this.dtype }: { readonly dtype?: Dtype } = {}): Volume {
    return this.#mapped(fn, dtype);
  }

  /**
   * The samples as a tensor of this one volume, row-major without gaps in the order that `layout` names, as tfjs
   * (`tf.tensor(data, shape)`) and onnxruntime take them. Layouts with an `N` have a batch axis of 1 in front. They are
   * {@link data} if that is what is asked for and no other volume looks at it; else a copy.
   *
   * @throws PipelineError `VOXRX_VALUE_RANGE` for a value that an integer type can't hold; OptionError
   *   `VOXRX_BAD_OPTION`
   */
  toTensor(options?: ToTensorOptions<"CXYZ">): VolumeTensor;
  toTensor<L extends TensorLayout | VolumeLayout>(options: ToTensorOptions<L>): TensorOf<L>;
  toTensor({ layout = "CXYZ", dtype = this.dtype }: ToTensorOptions = {}): Tensor | VolumeTensor {
    const { shape, meta, affine } = this;
    const isData = dtype === this.dtype && this.isContiguous("z-fastest") && !this.isShared;
    return tensorOf({ shape, dtype, meta, affine }, layout, (strides) =>
      isData && this.#liesAlong(strides) ? this.data : this.#converted(dtype).#copied(dtype, strides),
    );
  }

  /** The same samples (shared, not copied) under another affine. */
  withAffine(affine: AffineLike): Volume {
    return this.#view({ ...this.#place(), affine });
  }

  /** The same samples (shared, not copied) with facts added to, or replaced in, {@link meta}. */
  withMeta(facts: VolumeMeta): Volume {
    return this.#view({ ...this.#place(), meta: { ...this.meta, ...facts } });
  }

  /**
   * The same samples, shared: a second volume that nobody can change by writing to the first, nor the first by the
   * second.
   */
  share(): Volume {
    return this.#view(this.#place());
  }

  /**
   * New samples with this volume's affine and meta, unless others are given. They are as many as the shape spans, in
   * row-major order unless `layout` or `strides` say otherwise.
   *
   * @throws FormatError `VOXRX_BAD_VOLUME` when they do not fit the shape
   */
  withSamples(init: Omit<VolumeInit, "shape"> & { readonly shape?: readonly number[] }): Volume {
    return new Volume({ shape: this.shape, affine: this.#affine, meta: this.meta, ...init });
  }

  #place(): Place {
    return { shape: this.shape, strides: this.#strides, offset: this.#offset, affine: this.#affine };
  }

  /** A volume over the same memory; over a copy of what it spans where someone may still write to that memory. */
  #view(init: Omit<VolumeInit, "data">): Volume {
    const view = new Volume({ meta: this.meta, ...init, data: this.#storage.array });
    if (this.#storage.writable) view.#own();
    else view.#storage = this.#storage;
    this.#storage.shared = true;
    return view;
  }

  #liesIn(layout: Layout): boolean {
    return this.#liesAlong(stridesFor(this.shape, layout));
  }

  #liesAlong(strides: readonly number[]): boolean {
    return hasStrides(this.shape, this.#strides, strides);
  }

  /** The samples in row-major order where they lie so in memory. */
  #inPlace(): Samples | undefined {
    const { array } = this.#storage;
    if (!this.#liesIn("z-fastest")) return undefined;
    return this.isContiguous("z-fastest") ? array : array.subarray(this.#offset, this.#offset + this.size);
  }

  #copied(dtype: Dtype = this.dtype, strides: readonly number[] = stridesFor(this.shape, "z-fastest")): TypedArray {
    const copy = allocate(dtype, this.size);
    copyContiguous(this.#storage.array, this.shape, this.#strides, this.#offset, copy, strides);
    return copy;
  }

  /**
   * Takes a row-major copy of the samples as the memory of this volume alone: the one that {@link samples} made, if it
   * did.
   */
  #own(): void {
    const { array } = this.#storage;
    const made = this.#rowMajor && this.#rowMajor.buffer !== array.buffer ? this.#rowMajor : this.#copied();
    this.#storage = { array: made, shared: false, writable: false };
    this.#strides = Object.freeze(stridesFor(this.shape, "z-fastest"));
    this.#offset = 0;
    this.#rowMajor = undefined;
  }

  /** This volume if copying it as `dtype` changes no value beyond rounding; else its values checked and converted. */
  #converted(dtype: Dtype): Volume {
    return integerRange(dtype) && !holdsAllOf(dtype, this.dtype) ? this.#mapped(undefined, dtype) : this;
  }

  #mapped(fn: ((value: number) => number) | undefined, dtype: Dtype): Volume {
    const data = allocate(dtype, this.size);
    const placed = mapValues(this, fn, data, refuserOf(dtype));
    return this.withSamples({ data, ...placed });
  }
}
