import { copyStrided } from "../kernels/copy-strided.ts";
import { mapValues } from "../kernels/map-values.ts";
import { resultSamples } from "../memory/result-memory.ts";
import { type Dtype, dtypeOf, mayNotHold, type Samples, type TypedArray, unfilledSamples } from "../samples.ts";
import { type Affine, type AffineLike, affineSpacing, checkedAffine } from "./affine-matrix.ts";
import { axcodesOf } from "./axcodes.ts";
import { makeVolumesDisplayable } from "./describe-volume.ts";
import { frozen, type VolumeMeta } from "./meta.ts";
import { readView } from "./read-view.ts";
import { checkedStrides, hasStrides, type Layout, sizeOfShape, stridesFor } from "./strides.ts";
import { type AnyLayout, type AnyTensor, layOut, type TensorOf, type ToTensorOptions } from "./tensor-layout.ts";
import { sourceOf } from "./unread.ts";
import { refuserOf } from "./value-range.ts";
import { cropped, flipped, type Place, permuted, planeOf, selectedChannels } from "./views.ts";
import type { Storage, VolumeInit } from "./volume-init.ts";

export type { Applied, VolumeMeta } from "./meta.ts";
export type { Layout } from "./strides.ts";
export type { VolumeInit } from "./volume-init.ts";

/** Whether a volume's samples are still where they are kept, and are read when they are used. */
export let isUnread: (volume: Volume) => boolean;

/**
 * One image: samples in a typed array, with a channel-first shape, and an affine that places it in the world.
 *
 * Shape `[channels, x, y, z]` (or `[channels, x, y]`), as in nibabel and MONAI. Flips, permutations and crops are
 * views: they share memory and correct the affine. {@link samples}, to read, and {@link data}, to write, are exactly
 * the voxels of the shape in row-major order, also for a view. Writing changes only this volume. For kernels,
 * {@link storage} with {@link strides} and {@link offset} is the memory as it is.
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
  static {
    isUnread = (volume) => sourceOf(volume.#storage.array) !== undefined;
    makeVolumesDisplayable(Volume.prototype);
  }

  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly meta: VolumeMeta;
  readonly #affine: Affine;
  #storage: Storage;
  #strides: readonly number[];
  #offset: number;
  /** The samples in row-major order, after their first use. */
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
   * Samples to read: exactly the voxels of {@link shape} in row-major order (z fastest, channels slowest), as in NumPy,
   * tfjs and onnxruntime. They are not copied if they are stored in this order; otherwise the first use makes a copy,
   * which is kept and counts in {@link byteLength}.
   */
  get samples(): Samples {
    this.#rowMajor ??= this.#inPlace() ?? this.#copied();
    return this.#rowMajor;
  }

  /**
   * Samples to write to, in the order of {@link samples}. Memory that a view may share, or that is in another order, is
   * copied first, so that the volume has its own memory. Views that are made later get copies of what they span. Read
   * `data` again after a view was made.
   */
  get data(): TypedArray {
    const { writable, shared } = this.#read().#storage;
    if (shared || !(writable || this.isContiguous("z-fastest"))) this.#own();
    this.#storage.writable = true;
    return this.#storage.array;
  }

  /**
   * The memory of the samples as it is, to read: {@link strides} and {@link offset} locate the voxels in it. Never
   * copies.
   */
  get storage(): Samples {
    return this.#read().#storage.array;
  }

  /** Distance between neighbors along each axis of {@link shape} in {@link storage}, in samples. */
  get strides(): readonly number[] {
    return this.#read().#strides;
  }

  /** Index of the first voxel in {@link storage}, in samples. */
  get offset(): number {
    return this.#read().#offset;
  }

  /** Voxel index to RAS+ mm, row-major: a copy. {@link withAffine} makes a volume with another affine. */
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

  /** Whether another volume may share the memory, so that {@link data} would copy it. */
  get isShared(): boolean {
    return this.#storage.shared;
  }

  /** The value at a channel and voxel; undefined outside the shape. */
  get(channel: number, x: number, y: number, z = 0): number | undefined {
    const { array } = this.#read().#storage;
    const index = [channel, x, y, z];
    let at = this.#offset;
    for (let axis = 0; axis < this.shape.length; axis++) {
      const i = index[axis]!;
      if (!(Number.isInteger(i) && i >= 0 && i < this.shape[axis]!)) return undefined;
      at += i * this.#strides[axis]!;
    }
    return array[at];
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
    return this.#view(selectedChannels(this.#place(), from, to));
  }

  /** The 2D view of one plane of a 3D volume. The affine keeps its place; its third column is the sliced axis. */
  slice(axis: number, index: number): Volume {
    return this.#view(planeOf(this.#place(), axis, index));
  }

  /** Whether {@link storage} contains exactly the samples in `layout`, without gaps and with the first voxel first. */
  isContiguous(layout: Layout = "x-fastest"): boolean {
    return this.#liesIn(layout) && this.#offset === 0 && this.#storage.array.length === this.size;
  }

  /**
   * The same image with its {@link storage} in `layout` without gaps, of element type `dtype`. Copies only if
   * necessary: a channel or slab of an image in that layout stays a part of its memory. Float32 rounds to the nearest.
   *
   * @throws PipelineError `VOXRX_VALUE_RANGE` for a value that an integer type can't hold
   */
  toContiguous(layout: Layout = "x-fastest", dtype: Dtype = this.dtype): Volume {
    const source = this.#converted(dtype);
    if (dtype === source.dtype && source.#liesIn(layout)) return source.#alone();
    const data = source.#copyTo(resultSamples(dtype, this.size), stridesFor(this.shape, layout));
    return this.withSamples({ data, layout });
  }

  /**
   * A new volume with `fn(value)` for each voxel. Voxels are visited in memory order, which the result keeps: nothing
   * is transposed. Affine and meta stay.
   *
   * @param options `dtype`: element type of the result. Default: this volume's
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
   * The samples as a tensor of this one volume, row-major without gaps in the order of `layout`, as tfjs
   * (`tf.tensor(data, shape)`) and onnxruntime take them. Layouts with an `N` have a batch axis of 1 in front. The
   * tensor shares {@link data} if that has the requested layout and type and no other volume uses the memory; otherwise
   * it is a copy.
   *
   * @throws PipelineError `VOXRX_VALUE_RANGE` for a value that an integer type can't hold; OptionError
   *   `VOXRX_BAD_OPTION`
   */
  toTensor(options?: ToTensorOptions<"CXYZ">): TensorOf<"CXYZ">;
  toTensor<L extends AnyLayout>(options: ToTensorOptions<L>): TensorOf<L>;
  toTensor({ layout = "CXYZ", dtype = this.dtype }: ToTensorOptions = {}): AnyTensor {
    const { shape, size, meta, affine } = this;
    const isData = dtype === this.dtype && this.isContiguous("z-fastest") && !this.isShared;
    return layOut({ shape, dtype, meta, affine }, layout, (strides) =>
      isData && this.#liesAlong(strides)
        ? this.data
        : this.#converted(dtype).#copyTo(unfilledSamples(dtype, size), strides),
    );
  }

  /** The same samples (shared, not copied) with another affine. */
  withAffine(affine: AffineLike): Volume {
    return this.#view({ ...this.#place(), affine });
  }

  /** The same samples (shared, not copied) with facts added to, or replaced in, {@link meta}. */
  withMeta(facts: VolumeMeta): Volume {
    return this.#view({ ...this.#place(), meta: { ...this.meta, ...facts } });
  }

  /** A second volume with the same samples, shared. Writing to one of the two doesn't change the other. */
  share(): Volume {
    return this.#view(this.#place());
  }

  /**
   * A volume with new samples, and with this volume's affine and meta unless others are given. There must be as many
   * samples as the shape spans, in row-major order unless `layout` or `strides` say otherwise.
   *
   * @throws FormatError `VOXRX_BAD_VOLUME` when they do not fit the shape
   */
  withSamples(init: Omit<VolumeInit, "shape"> & { readonly shape?: readonly number[] }): Volume {
    return new Volume({ shape: this.shape, affine: this.#affine, meta: this.meta, ...init });
  }

  /** This volume, with its samples read if they were still where they are kept. */
  #read(): this {
    const source = sourceOf(this.#storage.array);
    if (source) {
      const { data, strides, offset } = readView(source, this.#place());
      this.#storage = { array: data, shared: false, writable: false };
      [this.#strides, this.#offset] = [Object.freeze(strides), offset];
    }
    return this;
  }

  #place(): Place {
    return { shape: this.shape, strides: this.#strides, offset: this.#offset, affine: this.#affine };
  }

  /** A volume over the same memory, or over a copy of what it spans if someone may still write to that memory. */
  #view(init: Omit<VolumeInit, "data">): Volume {
    const view = new Volume({ meta: this.meta, ...init, data: this.#storage.array });
    if (this.#storage.writable) view.#own();
    else view.#storage = this.#storage;
    this.#storage.shared = true;
    return view;
  }

  /** This volume, whose samples have no gaps, with a {@link storage} that contains nothing else; never copies. */
  #alone(): Volume {
    const { array } = this.#storage;
    if (this.#offset === 0 && array.length === this.size) return this;
    const data = array.subarray(this.#offset, this.#offset + this.size);
    const part = this.withSamples({ data, strides: this.#strides });
    part.#storage.shared = true; // nobody can write to memory of which a volume is a part
    return part;
  }

  #liesIn(layout: Layout): boolean {
    return this.#liesAlong(stridesFor(this.shape, layout));
  }

  #liesAlong(strides: readonly number[]): boolean {
    this.#read();
    return hasStrides(this.shape, this.#strides, strides);
  }

  /** The samples in row-major order, if they are stored that way; else undefined. */
  #inPlace(): Samples | undefined {
    if (!this.#liesIn("z-fastest")) return undefined;
    const { array } = this.#storage;
    return this.isContiguous("z-fastest") ? array : array.subarray(this.#offset, this.#offset + this.size);
  }

  #copied(): TypedArray {
    return this.#copyTo(unfilledSamples(this.dtype, this.size), stridesFor(this.shape, "z-fastest"));
  }

  #copyTo(target: TypedArray, strides: readonly number[]): TypedArray {
    copyStrided(this.#read().#storage.array, this.shape, this.#strides, this.#offset, target, strides);
    return target;
  }

  /** Makes a row-major copy of the samples, that of {@link samples} if it made one, this volume's own memory. */
  #own(): void {
    const isCopy = this.#rowMajor?.buffer !== this.#storage.array.buffer;
    const made = (isCopy && this.#rowMajor) || this.#copied();
    this.#storage = { array: made, shared: false, writable: false };
    this.#strides = Object.freeze(stridesFor(this.shape, "z-fastest"));
    this.#offset = 0;
    this.#rowMajor = undefined;
  }

  /** This volume if copying it as `dtype` changes no value beyond rounding; else one with checked, new values. */
  #converted(dtype: Dtype): Volume {
    return mayNotHold(dtype, this.dtype) ? this.#mapped(undefined, dtype) : this;
  }

  #mapped(fn: ((value: number) => number) | undefined, dtype: Dtype): Volume {
    const data = resultSamples(dtype, this.size);
    const placed = mapValues(this, fn, data, refuserOf(dtype));
    return this.withSamples({ data, ...placed });
  }
}
