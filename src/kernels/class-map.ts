/** The class of each voxel, and the n-th voxel of a class, for sampling by labels. */
import { eachRow, type Strided } from "./strided.ts";

/** Marks a voxel without a class. */
export const noClass = 255;

/** Only voxels of the image that are above a threshold in any channel count; the others have no class. */
export interface ClassGate {
  readonly image: Strided;
  readonly threshold: number;
}

/** The class of every voxel, x fastest. Classes are below {@link noClass}. */
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
  const map = emptyMap(label, 0);
  const [channels, nx, step] = [label.shape[0]!, label.shape[1]!, label.strides[1]!];
  const plane = map.classes.length;
  eachRow(label, ({ channel, from, to }) => {
    if (channel === 0 && channels > 1) return;
    const at = to - channel * plane;
    for (let i = 0, s = from; i < nx; i++, s += step) if (label.storage[s]! !== 0) map.classes[at + i] = 1;
  });
  // The gate applies to the background only: foreground always counts.
  return gate ? withGate(map, gate, (classNumber) => classNumber === 1) : map;
}

/** Classes 0 to `count` - 1: the values of a label of one channel. */
export function labelClasses(label: Strided, count: number, gate?: ClassGate): ClassMap {
  const map = emptyMap(label, noClass);
  const [nx, step] = [label.shape[1]!, label.strides[1]!];
  eachRow(label, ({ channel, from, to }) => {
    if (channel > 0) return;
    for (let i = 0, s = from; i < nx; i++, s += step) {
      const value = label.storage[s]!;
      if (Number.isInteger(value) && value >= 0 && value < count) map.classes[to + i] = value;
    }
  });
  return gate ? withGate(map, gate, () => false) : map;
}

function emptyMap(label: Strided, fill: number): ClassMap {
  const shape = [label.shape[1]!, label.shape[2]!, label.shape[3] ?? 1] as const;
  return { classes: new Uint8Array(shape[0] * shape[1] * shape[2]).fill(fill), shape };
}

/** A new map in which the voxels that the gate excludes have no class. */
function withGate(map: ClassMap, gate: ClassGate, isFree: (classNumber: number) => boolean): ClassMap {
  const open = openVoxels(gate);
  const { classes } = map;
  for (let i = 0; i < classes.length; i++) if (open[i] === 0 && !isFree(classes[i]!)) classes[i] = noClass;
  return map;
}

/** 1 for each voxel that passes the gate, x fastest. */
function openVoxels({ image, threshold }: ClassGate): Uint8Array {
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  const open = new Uint8Array(nx * image.shape[2]! * (image.shape[3] ?? 1));
  eachRow(image, ({ channel, from, to }) => {
    const at = to - channel * open.length;
    for (let i = 0, s = from; i < nx; i++, s += step) if (image.storage[s]! > threshold) open[at + i] = 1;
  });
  return open;
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
    const [nx] = map.shape;
    this.#inPlane = new Uint32Array(count * nx);
    for (let i = 0, x = 0; i < map.classes.length; i++) {
      const classNumber = map.classes[i]!;
      if (classNumber < count) this.#inPlane[classNumber * nx + x]!++;
      if (++x === nx) x = 0;
    }
  }

  total(classNumber: number): number {
    return sumOf(this.#planesOf(classNumber));
  }

  find(classNumber: number, n: number): [x: number, y: number, z: number] {
    const { classes, shape } = this.#map;
    const [nx, ny, nz] = shape;
    const { x, left } = planeOf(this.#planesOf(classNumber), n);
    for (let y = 0, rest = left; y < ny; y++) {
      for (let z = 0; z < nz; z++) {
        if (classes[x + nx * (y + ny * z)] === classNumber && rest-- === 0) return [x, y, z];
      }
    }
    throw new RangeError(`class ${classNumber} has no voxel ${n}`);
  }

  /** The flat indices of all voxels of a class, in the order of NumPy's `ravel` (z fastest), ascending. */
  list(classNumber: number): Uint32Array {
    const { classes, shape } = this.#map;
    const [nx, ny, nz] = shape;
    const found = new Uint32Array(this.total(classNumber));
    let at = 0;
    for (let x = 0; x < nx; x++) {
      for (let y = 0; y < ny; y++) {
        for (let z = 0; z < nz; z++) {
          if (classes[x + nx * (y + ny * z)] === classNumber) found[at++] = z + nz * (y + ny * x);
        }
      }
    }
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
    const volume = nx * label.shape[2]! * (label.shape[3] ?? 1);
    const inPlane = new Uint32Array(channels * nx);
    eachRow(label, ({ channel, from, to }) => {
      const [at, first] = [to - channel * volume, channel * nx];
      for (let i = 0, s = from; i < nx; i++, s += step) {
        if (label.storage[s]! !== 0 && (open === undefined || open[at + i] === 1)) inPlane[first + i]!++;
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
    const [nx, ny, nz] = [shape[1]!, shape[2]!, shape[3] ?? 1];
    const { x, left } = planeOf(this.#planesOf(classNumber), n);
    const from = offset + classNumber * strides[0]! + x * strides[1]!;
    for (let y = 0, rest = left; y < ny; y++) {
      for (let z = 0; z < nz; z++) {
        if (samples[from + y * strides[2]! + z * (strides[3] ?? 0)]! === 0) continue;
        if (this.#open?.[x + nx * (y + ny * z)] === 0) continue;
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

function sumOf(planes: Uint32Array): number {
  return planes.reduce((sum, n) => sum + n, 0);
}

/** The plane of the n-th voxel, and the voxel's index in that plane. */
function planeOf(planes: Uint32Array, n: number): { readonly x: number; readonly left: number } {
  let [left, x] = [n, 0];
  while (x < planes.length - 1 && left >= planes[x]!) left -= planes[x++]!;
  return { x, left };
}
