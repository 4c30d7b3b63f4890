/** The values of one slice, turned as it is shown and brought to a size in pixels. */
import type { Volume } from "../volume/volume.ts";
import type { PlaneView } from "./plane-view.ts";

/** Values row by row, from the upper left corner. */
export interface SliceValues {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** The size of a slice in voxels, along the image's lower and left edge. */
export function sliceSize({ spatialShape }: Volume, { right, down }: PlaneView): [width: number, height: number] {
  return [spatialShape[right.axis] ?? 1, spatialShape[down.axis] ?? 1];
}

/** The size of a slice in mm. An axis of no length counts as one of 1 mm a voxel. */
export function sliceExtent(volume: Volume, view: PlaneView): [width: number, height: number] {
  const [width, height] = sliceSize(volume, view);
  const { spacing } = volume;
  const of = (axis: number) => spacing[axis] || 1;
  return [width * of(view.right.axis), height * of(view.down.axis)];
}

/** One channel of a slice. `index` counts along the voxel axis that is looked along. */
export function sliceValues(volume: Volume, view: PlaneView, index: number, channel: number): SliceValues {
  const [width, height] = sliceSize(volume, view);
  const { storage, strides, offset } = volume;
  const step = (axis: number) => strides[axis + 1] ?? 0;
  const along = ({ axis, isReversed }: PlaneView["right"], n: number) =>
    isReversed ? [(n - 1) * step(axis), -step(axis)] : [0, step(axis)];
  const [startX = 0, stepX = 0] = along(view.right, width);
  const [startY = 0, stepY = 0] = along(view.down, height);
  const across = view.across ? index * step(view.across.axis) : 0;
  const start = offset + channel * (strides[0] ?? 0) + across + startX + startY;
  const values = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) values[i] = storage[start + y * stepY + x * stepX] ?? Number.NaN;
  }
  return { width, height, values };
}

/**
 * Values scaled so that `range` becomes 0 to 1, cut off there. Infinities are at the ends; NaN stays. Values that are
 * all the same are in the middle.
 */
export function leveled(slice: SliceValues, [low, high]: readonly [number, number]): SliceValues {
  const values = slice.values.map((value) => {
    if (Number.isNaN(value)) return value;
    if (high > low) return value <= low ? 0 : value >= high ? 1 : (value - low) / (high - low);
    return value < low ? 0 : value > low ? 1 : 0.5;
  });
  return { ...slice, values };
}

/** How values are found between voxels. */
export type Interpolation = "linear" | "nearest";

/**
 * Values at the pixels of another size. Linear weighs all voxels under a pixel when it makes the slice smaller, so that
 * nothing is skipped. NaN does not spread: a pixel is NaN if its nearest voxel is.
 */
export function resized(slice: SliceValues, width: number, height: number, mode: Interpolation): SliceValues {
  if (width === slice.width && height === slice.height) return slice;
  const { nearest: columns, ...across } = weightsFor(slice.width, width);
  const { nearest: rows, ...down } = weightsFor(slice.height, height);
  const values = new Float32Array(width * height);
  const hasHoles = slice.values.some(Number.isNaN);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      values[i] = slice.values[(rows[y] ?? 0) * slice.width + (columns[x] ?? 0)] ?? Number.NaN;
    }
  }
  if (mode === "nearest") return { width, height, values };
  const smooth = weighed(weighed(slice, width, across, hasHoles), height, down, hasHoles);
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) values[i] = smooth.values[i] ?? Number.NaN;
  return { width, height, values };
}

/** For each pixel along an edge, the first voxel that it looks at and the weights from there on. */
interface Weights {
  readonly first: readonly number[];
  readonly weights: readonly (readonly number[])[];
}

function weightsFor(from: number, to: number): Weights & { readonly nearest: readonly number[] } {
  const ratio = from / to;
  const reach = Math.max(1, ratio);
  const [first, weights, nearest]: [number[], number[][], number[]] = [[], [], []];
  for (let pixel = 0; pixel < to; pixel++) {
    const center = (pixel + 0.5) * ratio - 0.5;
    const low = Math.max(0, Math.ceil(center - reach));
    const high = Math.min(from - 1, Math.floor(center + reach));
    const own: number[] = [];
    for (let voxel = low; voxel <= high; voxel++) own.push(Math.max(0, 1 - Math.abs(voxel - center) / reach));
    const sum = own.reduce((total, weight) => total + weight, 0);
    first.push(low);
    weights.push(own.map((weight) => weight / sum));
    nearest.push(Math.min(from - 1, Math.floor((pixel + 0.5) * ratio)));
  }
  return { first, weights, nearest };
}

/** Rows of another length; they become the columns, so that a second time makes the other edge. */
function weighed(slice: SliceValues, length: number, { first, weights }: Weights, hasHoles: boolean): SliceValues {
  const { width, height, values } = slice;
  const turned = new Float32Array(length * height);
  for (let pixel = 0; pixel < length; pixel++) {
    const [low, own] = [first[pixel] ?? 0, weights[pixel] ?? []];
    for (let row = 0; row < height; row++) {
      let [sum, known] = [0, 0];
      for (let n = 0; n < own.length; n++) {
        const [value, weight] = [values[row * width + low + n] ?? 0, own[n] ?? 0];
        if (hasHoles && Number.isNaN(value)) continue;
        sum += value * weight;
        known += weight;
      }
      turned[pixel * height + row] = hasHoles ? sum / known : sum;
    }
  }
  return { width: height, height: length, values: turned };
}
