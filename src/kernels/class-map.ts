/** The class of each voxel, and the n-th voxel of a class, for sampling by labels. */
import { eachBlock } from "./blocks.ts";
import { copyStrided } from "./copy-strided.ts";
import { channelOrder, eachRow, type Strided } from "./strided.ts";

/** All values of a byte. */
const bytes = Float64Array.from({ length: 256 }, (_, value) => value);

/** Marks a voxel without a class. */
export const noClass = 255;

/** Only voxels of the image that are above a threshold in any channel count; the others have no class. */
export interface ClassGate {
  readonly image: Strided;
  readonly threshold: number;
}

/** The class of every voxel, z fastest, as in NumPy. Classes are below {@link noClass}. */
export interface ClassMap {
  readonly classes: Uint8Array;
  /** `[x, y, z]`; z is 1 for a 2D image. */
  readonly shape: readonly [number, number, number];
}

/**
 * Foreground (1) is what is not zero in any channel. If there are several channels, the first one is ignored: it is the
 * background of a one-hot label.
 */
export function binaryClasses(label: Strided, gate?: ClassGate): ClassMap {
  const channels = [...Array(label.shape[0]!).keys()];
  const map = classified(label, channels.length > 1 ? channels.slice(1) : channels, 0, markNonZero);
  // The gate applies to the background only: foreground always counts.
  return gate ? withGate(map, gate, 1) : map;
}

/** Classes 0 to `count` - 1: the values of a label of one channel. */
export function labelClasses(label: Strided, count: number, gate?: ClassGate): ClassMap {
  const map = classified(label, [0], noClass, (values, classes) => markLabels(values, classes, count));
  return gate ? withGate(map, gate) : map;
}

/**
 * A map of `fill`, in which `mark` writes the classes of the values of some channels, a block at a time, in the order
 * of their memory.
 */
function classified(
  image: Strided,
  channels: readonly number[],
  fill: number,
  mark: (values: Float64Array, classes: Uint8Array) => void,
): ClassMap {
  const shape = [image.shape[1]!, image.shape[2]!, image.shape[3] ?? 1] as const;
  const classes = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const ordered = [shape[1] * shape[2], shape[2], 1];
  const [channel] = channels;
  if (image.storage instanceof Uint8Array && channels.length === 1 && channel !== undefined) {
    const strides = [image.strides[1]!, image.strides[2]!, image.strides[3] ?? 0];
    copyStrided(image.storage, shape, strides, image.offset + channel * image.strides[0]!, classes, ordered);
    // What becomes of each byte.
    const table = new Uint8Array(bytes.length).fill(fill);
    mark(bytes, table);
    for (let i = 0; i < classes.length; i++) classes[i] = table[classes[i]!]!;
    return { classes, shape };
  }
  const marked = new Uint8Array(classes.length).fill(fill);
  for (const channel of channels) {
    let at = 0;
    eachBlock(image.storage, channelOrder(image, channel).walk, (values) => {
      mark(values, marked.subarray(at, (at += values.length)));
    });
  }
  const { strides, offset } = channelOrder(image, 0);
  copyStrided(marked, shape, [strides[0]!, strides[1]!, strides[2] ?? 0], offset, classes, ordered);
  return { classes, shape };
}

function markNonZero(values: Float64Array, classes: Uint8Array): void {
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) classes[i] = 1;
}

function markLabels(values: Float64Array, classes: Uint8Array, count: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= 0 && value < count && value === Math.floor(value)) classes[i] = value;
  }
}

function markAbove(values: Float64Array, classes: Uint8Array, threshold: number): void {
  for (let i = 0; i < values.length; i++) if (values[i]! > threshold) classes[i] = 1;
}

/** The map, in which voxels that the gate excludes have no class any more, unless they are of the class `free`. */
function withGate(map: ClassMap, gate: ClassGate, free = noClass): ClassMap {
  const open = openVoxels(gate);
  const { classes } = map;
  for (let i = 0; i < classes.length; i++) if (open[i] === 0 && classes[i] !== free) classes[i] = noClass;
  return map;
}

/** 1 for each voxel that passes the gate, z fastest. */
function openVoxels({ image, threshold }: ClassGate): Uint8Array {
  const channels = [...Array(image.shape[0]!).keys()];
  return classified(image, channels, 0, (values, classes) => markAbove(values, classes, threshold)).classes;
}

/**
 * Counts the voxels of each class, and finds a voxel by its index in the order of NumPy's `nonzero` (z fastest), as
 * MONAI does.
 */
interface VoxelCounts {
  /** Number of voxels of a class. */
  total(classNumber: number): number;
  /** The n-th voxel of a class, from 0. */
  find(classNumber: number, n: number): [x: number, y: number, z: number];
}

/** The voxels of a map, where each voxel has at most one class. */
export class ClassCounts implements VoxelCounts {
  readonly #map: ClassMap;
  /** Number of voxels of each class in each plane of constant x: class slowest. */
  readonly #inPlane: Uint32Array;

  constructor(map: ClassMap, count: number) {
    this.#map = map;
    const [nx, ny, nz] = map.shape;
    this.#inPlane = new Uint32Array(count * nx);
    for (let x = 0; x < nx; x++) {
      const plane = map.classes.subarray(x * ny * nz, (x + 1) * ny * nz);
      eachRun(plane, (classNumber, length) => {
        if (classNumber < count) this.#inPlane[classNumber * nx + x]! += length;
      });
    }
  }

  total(classNumber: number): number {
    return sumOf(this.#planesOf(classNumber));
  }

  find(classNumber: number, n: number): [x: number, y: number, z: number] {
    const { classes, shape } = this.#map;
    const [, ny, nz] = shape;
    const { x, left } = planeOf(this.#planesOf(classNumber), n);
    for (let at = x * ny * nz, rest = left; at < (x + 1) * ny * nz; at++) {
      if (classes[at] === classNumber && rest-- === 0) return [x, Math.floor(at / nz) % ny, at % nz];
    }
    throw new RangeError(`class ${classNumber} has no voxel ${n}`);
  }

  /** The flat indices of all voxels of a class, in the order of NumPy's `ravel` (z fastest), ascending. */
  list(classNumber: number): Uint32Array {
    const { classes } = this.#map;
    const found = new Uint32Array(this.total(classNumber));
    for (let i = 0, at = 0; i < classes.length; i++) if (classes[i] === classNumber) found[at++] = i;
    return found;
  }

  #planesOf(classNumber: number): Uint32Array {
    const [nx] = this.#map.shape;
    return this.#inPlane.subarray(classNumber * nx, (classNumber + 1) * nx);
  }
}

/**
 * The voxels of a label that has one channel for each class: a voxel has the class where the channel is not zero. It
 * can have several classes.
 */
export class ChannelCounts implements VoxelCounts {
  readonly #label: Strided;
  readonly #open: Uint8Array | undefined;
  /** Number of voxels of each channel in each plane of constant x: channel slowest. */
  readonly #inPlane: Uint32Array;

  constructor(label: Strided, gate?: ClassGate) {
    const open = gate && openVoxels(gate);
    const [channels, nx, step] = [label.shape[0]!, label.shape[1]!, label.strides[1]!];
    const nz = label.shape[3] ?? 1;
    const plane = label.shape[2]! * nz;
    const inPlane = new Uint32Array(channels * nx);
    eachRow(label, ({ channel, from, y, z }) => {
      const [at, first] = [y * nz + z, channel * nx];
      for (let i = 0, s = from; i < nx; i++, s += step) {
        if (label.storage[s]! !== 0 && (open === undefined || open[at + i * plane] === 1)) inPlane[first + i]!++;
      }
    });
    this.#label = label;
    this.#open = open;
    this.#inPlane = inPlane;
  }

  total(classNumber: number): number {
    return sumOf(this.#planesOf(classNumber));
  }

  find(classNumber: number, n: number): [x: number, y: number, z: number] {
    const { storage: samples, shape, strides, offset } = this.#label;
    const [ny, nz] = [shape[2]!, shape[3] ?? 1];
    const { x, left } = planeOf(this.#planesOf(classNumber), n);
    const from = offset + classNumber * strides[0]! + x * strides[1]!;
    for (let y = 0, rest = left; y < ny; y++) {
      for (let z = 0; z < nz; z++) {
        if (samples[from + y * strides[2]! + z * (strides[3] ?? 0)]! === 0) continue;
        if (this.#open?.[z + nz * (y + ny * x)] === 0) continue;
        if (rest-- === 0) return [x, y, z];
      }
    }
    throw new RangeError(`channel ${classNumber} has no voxel ${n}`);
  }

  #planesOf(classNumber: number): Uint32Array {
    const nx = this.#label.shape[1]!;
    return this.#inPlane.subarray(classNumber * nx, (classNumber + 1) * nx);
  }
}

/** Calls `visit` for each run of equal classes. */
function eachRun(classes: Uint8Array, visit: (classNumber: number, length: number) => void): void {
  for (let start = 0, end = 1; start < classes.length; start = end++) {
    const classNumber = classes[start]!;
    while (end < classes.length && classes[end] === classNumber) end++;
    visit(classNumber, end - start);
  }
}

function sumOf(planes: Uint32Array): number {
  return planes.reduce((sum, n) => sum + n, 0);
}

/** The plane of the n-th voxel, and the voxel's index in that plane. */
function planeOf(planes: Uint32Array, n: number): { readonly x: number; readonly left: number } {
  let [left, x] = [n, 0];
  while (x < planes.length - 1 && left >= planes[x]!) left -= planes[x++]!;
  return { x, left };
}
