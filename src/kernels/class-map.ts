/** Which class each voxel is of, and the n-th voxel of a class: what sampling by labels asks. */
import { eachRow, type Strided } from "./strided.ts";

/** Stands for a voxel of no class. */
export const noClass = 255;

/** Voxels of an image above a threshold in any channel count; the others are of no class. */
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

/** Foreground (1) is what is not zero in any channel, but the first of several, which is the background's of a one-hot label. */
export function binaryClasses(label: Strided, gate?: ClassGate): ClassMap {
  const map = emptyMap(label, 0);
  const [channels, nx, step] = [label.shape[0]!, label.shape[1]!, label.strides[1]!];
  const plane = map.classes.length;
  eachRow(label, ({ channel, from, to }) => {
    if (channel === 0 && channels > 1) return;
    const at = to - channel * plane;
    for (let i = 0, s = from; i < nx; i++, s += step) if (label.samples[s]! !== 0) map.classes[at + i] = 1;
  });
  // The gate is for the background only: foreground counts wherever it is.
  return gate ? gated(map, gate, (own) => own === 1) : map;
}

/** Classes 0 to `count` - 1: the value of a label of one channel, or the channel of a one-hot label that is not zero. */
export function labelClasses(label: Strided, count: number, gate?: ClassGate): ClassMap {
  const map = emptyMap(label, noClass);
  const [channels, nx, step] = [label.shape[0]!, label.shape[1]!, label.strides[1]!];
  const plane = map.classes.length;
  eachRow(label, ({ channel, from, to }) => {
    const at = to - channel * plane;
    for (let i = 0, s = from; i < nx; i++, s += step) {
      const value = label.samples[s]!;
      if (channels > 1) {
        if (value !== 0 && channel < count && map.classes[at + i] === noClass) map.classes[at + i] = channel;
      } else if (Number.isInteger(value) && value >= 0 && value < count) map.classes[at + i] = value;
    }
  });
  return gate ? gated(map, gate, () => false) : map;
}

function emptyMap(label: Strided, fill: number): ClassMap {
  const shape = [label.shape[1]!, label.shape[2]!, label.shape[3] ?? 1] as const;
  return { classes: new Uint8Array(shape[0] * shape[1] * shape[2]).fill(fill), shape };
}

function gated(
  { classes, shape }: ClassMap,
  { image, threshold }: ClassGate,
  isFree: (own: number) => boolean,
): ClassMap {
  const open = new Uint8Array(classes.length);
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  eachRow(image, ({ channel, from, to }) => {
    const at = to - channel * open.length;
    for (let i = 0, s = from; i < nx; i++, s += step) if (image.samples[s]! > threshold) open[at + i] = 1;
  });
  return { classes: classes.map((own, i) => (open[i] === 1 || isFree(own) ? own : noClass)), shape };
}

/** Counts voxels of each class, and finds them by their number in the order of NumPy's `nonzero` (z fastest), as MONAI numbers them. */
export class ClassCounts {
  readonly #map: ClassMap;
  /** Voxels of each class in each plane across x: class slowest. */
  readonly #inPlane: Uint32Array;

  constructor(map: ClassMap, count: number) {
    this.#map = map;
    const [nx] = map.shape;
    this.#inPlane = new Uint32Array(count * nx);
    for (let i = 0, x = 0; i < map.classes.length; i++) {
      const own = map.classes[i]!;
      if (own < count) this.#inPlane[own * nx + x]!++;
      if (++x === nx) x = 0;
    }
  }

  /** Voxels of a class. */
  total(own: number): number {
    const [nx] = this.#map.shape;
    return this.#inPlane.subarray(own * nx, (own + 1) * nx).reduce((sum, n) => sum + n, 0);
  }

  /** The n-th voxel of a class, from 0. */
  find(own: number, n: number): [x: number, y: number, z: number] {
    const { classes, shape } = this.#map;
    const [nx, ny, nz] = shape;
    let [left, x] = [n, 0];
    while (x < nx - 1 && left >= this.#inPlane[own * nx + x]!) left -= this.#inPlane[own * nx + x++]!;
    for (let y = 0; y < ny; y++) {
      for (let z = 0; z < nz; z++) {
        if (classes[x + nx * (y + ny * z)] === own && left-- === 0) return [x, y, z];
      }
    }
    throw new RangeError(`there is no voxel ${n} of class ${own}`);
  }

  /** The numbers of all voxels of a class as NumPy's `ravel` counts them (z fastest), ascending. */
  list(own: number): Uint32Array {
    const { classes, shape } = this.#map;
    const [nx, ny, nz] = shape;
    const found = new Uint32Array(this.total(own));
    let at = 0;
    for (let x = 0; x < nx; x++) {
      for (let y = 0; y < ny; y++) {
        for (let z = 0; z < nz; z++) {
          if (classes[x + nx * (y + ny * z)] === own) found[at++] = z + nz * (y + ny * x);
        }
      }
    }
    return found;
  }
}
