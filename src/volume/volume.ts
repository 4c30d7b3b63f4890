import { FormatError } from "../errors.ts";
import {
  type Affine,
  type AffineLike,
  affineSpacing,
  flipAffine,
  identityAffine,
  permuteAffine,
  translateAffine,
} from "./affine.ts";
import { copyContiguous } from "./copy.ts";
import { axcodesOf } from "./orientation.ts";
import { allocate, type Dtype, dtypeOf, isTypedArray, type ReadonlySamples, type TypedArray } from "./samples.ts";

/** The order of samples in memory: which spatial axis runs fastest. Channels are always slowest. */
export type Layout = "x-fastest" | "z-fastest";

/** One transform that was applied to a volume, in the order of application. JSON only. */
export interface Applied {
  /** Name of the operator. */
  readonly name: string;
  /** What is needed to undo it or to do it again. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is known of an image besides its samples and geometry. JSON only, frozen. */
export interface VolumeMeta {
  /** Path or URL that the image was read from. */
  readonly source?: string;
  /** Name of the format that it was read from. */
  readonly format?: string;
  /** Facts of the file's header, in the format's own words. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Spatial transforms applied since the image was read, the first one first. */
  readonly applied?: readonly Applied[];
  readonly [fact: string]: unknown;
}

/** What a {@link Volume} is made of. */
export interface VolumeInit {
  /** The samples. The volume takes them over: do not write to them afterwards. */
  readonly data: TypedArray;
  /** `[channels, x, y, z]`, or `[channels, x, y]` for a 2D image. */
  readonly shape: readonly number[];
  /** Distance between neighbours along each axis of `shape`, in samples. Default: x fastest, channels slowest. */
  readonly strides?: readonly number[];
  /** Place of the first voxel in `data`, in samples. Default 0. */
  readonly offset?: number;
  /** Voxel index to RAS+ mm, 16 numbers, row-major. Default: identity. */
  readonly affine?: AffineLike;
  /** What else is known. Default: nothing. */
  readonly meta?: VolumeMeta;
}

/** Memory that one or more volumes look at. `shared` once more than one volume may. */
interface Storage {
  array: TypedArray;
  shared: boolean;
}

/**
 * One image: samples in a typed array, looked at through a channel-first shape with strides, and placed in the world by an affine.
 *
 * Shape `[channels, x, y, z]` (or `[channels, x, y]`), as in nibabel and MONAI. Flips, permutations and crops are views: they
 * share the samples and correct the affine. A volume never changes its own value; who reads uses {@link samples}, which never
 * copies. Who wants to write takes {@link data}: samples that others may look at too (a view, a cache) are copied at that moment,
 * so writing to them changes this volume and no other.
 *
 * @example
 * ```ts
 * import { Volume } from "voxrx";
 * const volume = new Volume({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] });
 * volume.get(0, 1, 0, 0); // => 2
 * volume.flip([0]).get(0, 1, 0, 0); // => 1
 * ```
 */
export class Volume {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype: Dtype;
  readonly meta: VolumeMeta;
  readonly #affine: Affine;
  #storage: Storage;

  /** @throws FormatError `VOXRX_BAD_VOLUME` when shape, strides and samples do not fit together, `VOXRX_BAD_AFFINE` */
  constructor(init: VolumeInit) {
    this.shape = Object.freeze([...init.shape]);
    this.strides = Object.freeze([...(init.strides ?? stridesFor(this.shape, "x-fastest"))]);
    this.offset = init.offset ?? 0;
    this.#affine = Float64Array.from(init.affine ?? identityAffine());
    this.meta = freeze(init.meta ?? {});
    checkGeometry(this.shape, this.strides, this.offset, init.data, this.#affine);
    this.dtype = dtypeOf(init.data);
    this.#storage = { array: init.data, shared: false };
  }

  /** Samples to read. Never copies. Use with {@link strides} and {@link offset}. */
  get samples(): ReadonlySamples & TypedArray {
    return this.#storage.array;
  }

  /**
   * Samples to write to, with the same {@link strides} and {@link offset}. Copied the first time if anything else may look at
   * them; what is written changes this volume only. Take it anew after a view was made: the array from before is the view's too.
   */
  get data(): TypedArray {
    if (this.#storage.shared) this.#storage = { array: this.#storage.array.slice(), shared: false };
    return this.#storage.array;
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
    return this.shape.reduce((product, n) => product * n, 1);
  }

  /** Bytes of the samples that the shape spans. */
  get byteLength(): number {
    return this.size * this.#storage.array.BYTES_PER_ELEMENT;
  }

  /** Whether somebody else may look at the same samples, so that {@link data} would copy them. */
  get isShared(): boolean {
    return this.#storage.shared;
  }

  /** The value at a channel and voxel; undefined outside of the shape. */
  get(channel: number, x: number, y: number, z = 0): number | undefined {
    const index = [channel, x, y, z];
    let at = this.offset;
    for (let axis = 0; axis < this.shape.length; axis++) {
      const i = index[axis]!;
      if (!(Number.isInteger(i) && i >= 0 && i < this.shape[axis]!)) return undefined;
      at += i * this.strides[axis]!;
    }
    return this.#storage.array[at];
  }

  /** A view with the given spatial axes (0 = x) reversed. Every voxel keeps its place in the world. */
  flip(axes: readonly number[]): Volume {
    const strides = [...this.strides];
    let { offset } = this;
    let affine: Affine = this.#affine;
    for (const axis of axes) {
      this.#checkAxis(axis);
      const length = this.shape[axis + 1]!;
      offset += Math.max(0, length - 1) * strides[axis + 1]!;
      strides[axis + 1] = -strides[axis + 1]!;
      affine = flipAffine(affine, axis, length);
    }
    return this.#view({ shape: this.shape, strides, offset, affine });
  }

  /** A view whose spatial axis k is this volume's axis `order[k]`. Every voxel keeps its place in the world. */
  permute(order: readonly number[]): Volume {
    const rank = this.shape.length - 1;
    if (order.length !== rank || new Set(order).size !== rank) throw badVolume(`${order} is no order of ${rank} axes`);
    for (const axis of order) this.#checkAxis(axis);
    const pick = (values: readonly number[]) => [values[0]!, ...order.map((axis) => values[axis + 1]!)];
    const affine = permuteAffine(this.#affine, order);
    return this.#view({ shape: pick(this.shape), strides: pick(this.strides), offset: this.offset, affine });
  }

  /** A view of the voxels from `start` up to, but not including, `end` along each spatial axis. */
  crop(start: readonly number[], end: readonly number[]): Volume {
    const shape = [this.channels];
    let { offset } = this;
    for (let axis = 0; axis + 1 < this.shape.length; axis++) {
      const [from, to] = [start[axis] ?? 0, end[axis] ?? this.shape[axis + 1]!];
      const inside = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to <= this.shape[axis + 1]!;
      if (!inside || to < from)
        throw badVolume(`a crop from ${from} to ${to} leaves axis ${axis} of ${this.shape[axis + 1]}`);
      shape.push(to - from);
      offset += from * this.strides[axis + 1]!;
    }
    const rank = this.shape.length - 1;
    const origin = Array.from({ length: rank }, (_, axis) => start[axis] ?? 0);
    return this.#view({ shape, strides: this.strides, offset, affine: translateAffine(this.#affine, origin) });
  }

  /** A view of the channels from `from` up to, but not including, `to`. */
  selectChannels(from: number, to: number): Volume {
    const inside = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to <= this.channels;
    if (!inside || from >= to) {
      throw badVolume(`channels ${from} to ${to} are not within the ${this.channels} there are`);
    }
    const shape = [to - from, ...this.shape.slice(1)];
    const offset = this.offset + from * this.strides[0]!;
    return this.#view({ shape, strides: this.strides, offset, affine: this.#affine });
  }

  /** The 2D view of one plane of a 3D volume. The affine keeps the plane's place; its third column is the axis looked along. */
  slice(axis: number, index: number): Volume {
    if (this.shape.length !== 4) throw badVolume("a slice is taken of a 3D volume");
    this.#checkAxis(axis);
    const kept = [0, 1, 2].filter((other) => other !== axis);
    const [start, end] = [[0, 0, 0], [...this.spatialShape]];
    start[axis] = index;
    end[axis] = index + 1;
    const plane = this.crop(start, end).permute([...kept, axis]);
    const { offset, affine } = plane;
    return this.#view({ shape: plane.shape.slice(0, 3), strides: plane.strides.slice(0, 3), offset, affine });
  }

  /** Whether the samples lie in `layout` without gaps, the first voxel first. */
  isContiguous(layout: Layout = "x-fastest"): boolean {
    const wanted = stridesFor(this.shape, layout);
    return (
      this.offset === 0 &&
      this.#storage.array.length === this.size &&
      this.strides.every((stride, axis) => stride === wanted[axis] || this.shape[axis] === 1)
    );
  }

  /**
   * The same image with its samples in `layout` without gaps, of element type `dtype`. Copies only if it must; values are
   * converted as by assignment to a typed array (integers wrap, fractions are cut).
   */
  toContiguous(layout: Layout = "x-fastest", dtype: Dtype = this.dtype): Volume {
    if (dtype === this.dtype && this.isContiguous(layout)) return this;
    const array = allocate(dtype, this.size);
    copyContiguous(this.#storage.array, this.shape, this.strides, this.offset, array, stridesFor(this.shape, layout));
    return new Volume({
      data: array,
      shape: this.shape,
      strides: stridesFor(this.shape, layout),
      affine: this.#affine,
      meta: this.meta,
    });
  }

  /** The same samples (shared, not copied) under another affine. */
  withAffine(affine: AffineLike): Volume {
    return this.#view({ shape: this.shape, strides: this.strides, offset: this.offset, affine });
  }

  /** The same samples (shared, not copied) with facts added to, or replaced in, {@link meta}. */
  withMeta(facts: VolumeMeta): Volume {
    const { shape, strides, offset } = this;
    return this.#view({ shape, strides, offset, affine: this.#affine, meta: { ...this.meta, ...facts } });
  }

  /** The same samples, shared: a second volume that nobody can change by writing to the first, nor the first by the second. */
  share(): Volume {
    const { shape, strides, offset } = this;
    return this.#view({ shape, strides, offset, affine: this.#affine });
  }

  /** New samples (x fastest unless `strides` are given) with this volume's affine and meta, unless others are given. */
  withSamples(init: Omit<VolumeInit, "shape"> & { readonly shape?: readonly number[] }): Volume {
    return new Volume({ shape: this.shape, affine: this.#affine, meta: this.meta, ...init });
  }

  #view(init: Omit<VolumeInit, "data">): Volume {
    const view = new Volume({ meta: this.meta, ...init, data: this.#storage.array });
    this.#storage.shared = true;
    view.#storage = this.#storage;
    return view;
  }

  #checkAxis(axis: number): void {
    const rank = this.shape.length - 1;
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank)
      throw badVolume(`there is no spatial axis ${axis} of ${rank}`);
  }
}

/** Strides, in samples, of a shape without gaps in the given layout. */
export function stridesFor(shape: readonly number[], layout: Layout): number[] {
  const rank = shape.length - 1;
  const axes = Array.from({ length: rank }, (_, axis) => (layout === "x-fastest" ? axis : rank - 1 - axis));
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of axes) {
    strides[axis + 1] = step;
    step *= shape[axis + 1]!;
  }
  strides[0] = step;
  return strides;
}

function checkGeometry(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  data: TypedArray,
  affine: Affine,
): void {
  if (!isTypedArray(data)) throw badVolume("samples must be a typed array of numbers of at most 64 bits");
  if (shape.length !== 3 && shape.length !== 4) {
    throw badVolume(`shape [${shape}] is neither [channels, x, y, z] nor [channels, x, y]`);
  }
  if (strides.length !== shape.length) throw badVolume(`${strides.length} strides do not fit shape [${shape}]`);
  if (affine.length !== 16) throw badVolume(`an affine has 16 numbers, not ${affine.length}`);
  if (!affine.every(Number.isFinite)) {
    throw new FormatError("VOXRX_BAD_AFFINE", `the affine [${Array.from(affine)}] is not finite`);
  }
  if (![offset, ...strides].every(Number.isSafeInteger)) {
    throw badVolume(`offset ${offset} and strides [${strides}] are not whole numbers`);
  }
  let [low, high] = [offset, offset];
  for (const [axis, n] of shape.entries()) {
    if (!Number.isInteger(n) || n < 0) throw badVolume(`shape [${shape}] is not made of whole numbers`);
    const reach = Math.max(0, n - 1) * strides[axis]!;
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  }
  const empty = shape.includes(0);
  if (!empty && (low < 0 || high >= data.length)) {
    throw badVolume(`shape [${shape}] reaches samples ${low} to ${high} of ${data.length}`);
  }
}

function badVolume(fault: string): FormatError {
  return new FormatError("VOXRX_BAD_VOLUME", fault);
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
