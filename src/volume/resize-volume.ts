/** Resizes images; the field of view stays the same. The conventions are those of torch's `interpolate`. */

import { type AreaAxis, areaWindows, poolArea } from "../kernels/area.ts";
import { poolAreaRows } from "../kernels/area-rows.ts";
import { smoothGaussian } from "../kernels/gaussian.ts";
import { type Axes, resampleNearest } from "../kernels/resample-separable.ts";
import { resultZeros } from "../memory/result-memory.ts";
import { type Affine, identityAffine, multiplyAffine } from "./affine-matrix.ts";
import { asFloat32 } from "./as-float32.ts";
import { isOutline, withPending } from "./outline.ts";
import { perAxis } from "./per-axis.ts";
import type { Region } from "./region.ts";
import { checkResampleSize } from "./resample-options.ts";
import { resampleAxes } from "./resample-volume.ts";
import { memoryOrderOf, stridesInOrder } from "./strides.ts";
import type { Volume } from "./volume.ts";

/** How to compute the values of a resized image; `"bilinear"` is the same as `"trilinear"`. */
export type ResizeMode = "area" | "nearest" | "nearest-exact" | "trilinear" | "bilinear";

/** Options of {@link resized}. */
export interface ResizeOptions {
  readonly mode: ResizeMode;
  /** For linear modes: keep the centers of the outermost voxels in place, not their outer edges. */
  readonly alignCorners: boolean;
}

/** One axis: `from` voxels become `to` voxels, of which `length` are computed, starting at `start`. */
interface ResizedAxis {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly length: number;
  /** Input position of the j-th voxel that is computed: `scale * j + shift`. */
  readonly scale: number;
  readonly shift: number;
}

/** Whether a mode takes voxel values as they are. */
export function isNearest(mode: ResizeMode): boolean {
  return mode === "nearest" || mode === "nearest-exact";
}

/**
 * Returns the image's field of view divided into `shape` voxels, or only the voxels in `region`. The affine is updated.
 * Nearest keeps the element type; the other modes return float32. An image that keeps its size keeps its samples
 * (shared, unless they must become float32).
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels; PipelineError `VOXRX_TOO_LARGE` for more than
 *   2^30 samples
 */
export function resized(volume: Volume, shape: readonly number[], options: ResizeOptions, region?: Region): Volume {
  const { mode } = options;
  const alignCorners = options.alignCorners && isLinear(mode);
  const axes = volume.spatialShape.map((from, axis) => {
    const to = shape[axis]!;
    const start = region?.start[axis] ?? 0;
    return resizedAxis(from, to, start, (region?.end[axis] ?? to) - start, alignCorners);
  });
  const sizes = axes.map(({ length }) => length);
  checkResampleSize(volume, sizes);
  if (axes.every(({ from, to }) => from === to)) {
    const same = isNearest(mode) ? volume.share() : asFloat32(volume);
    return region ? same.crop(region.start, region.end) : same;
  }
  const affine = multiplyAffine(volume.affine, mapOf(axes));
  if (isNearest(mode)) return resizeNearest(volume, axes, affine, mode === "nearest" ? 0 : 0.5);
  if (!isLinear(mode)) return resizeByArea(volume, axes, affine);
  const maps = axes.map(({ from, length, scale, shift }) => ({ from, to: length, scale, shift }));
  return resampleAxes(volume, maps, affine, { mode: "bilinear", padding: "border", alignCorners });
}

/**
 * Returns the image smoothed, so that making it smaller does not alias detail finer than the new voxels: a Gaussian
 * along every axis that shrinks, with zeros around the image. Float32 samples.
 *
 * @param sigma standard deviation in voxels for those axes. Default (s - 1) / 2 for an axis that becomes s times
 *   shorter
 */
export function smoothedFor(volume: Volume, shape: readonly number[], sigma?: number | readonly number[]): Volume {
  const given = sigma === undefined ? [] : perAxis("antiAliasingSigma", sigma, volume.spatialShape);
  const sigmas = volume.spatialShape.map((n, axis) => {
    const factor = n / shape[axis]!;
    return factor <= 1 ? 0 : (given[axis] ?? (factor - 1) / 2);
  });
  if (sigmas.every((width) => width === 0)) return volume;
  const { storage: samples } = volume.toContiguous("x-fastest", "float32");
  const dense = samples instanceof Float32Array ? samples : Float32Array.from(samples);
  return volume.withSamples({ data: smoothGaussian(dense, volume.shape, sigmas), layout: "x-fastest" });
}

function isLinear(mode: ResizeMode): boolean {
  return mode === "trilinear" || mode === "bilinear";
}

function resizedAxis(from: number, to: number, start: number, length: number, alignCorners: boolean): ResizedAxis {
  const corners = alignCorners && from > 1 && to > 1;
  const scale = corners ? (from - 1) / (to - 1) : from / to;
  const first = alignCorners ? 0 : (scale - 1) / 2;
  return { from, to, start, length, scale, shift: scale * start + first };
}

/** Voxels of the result to positions in the image. */
function mapOf(axes: readonly ResizedAxis[]): Affine {
  const map = identityAffine();
  for (const [axis, { scale, shift }] of axes.entries()) {
    map[axis * 5] = scale;
    map[axis * 4 + 3] = shift;
  }
  return map;
}

function resizeNearest(volume: Volume, axes: readonly ResizedAxis[], affine: Affine, within: number): Volume {
  const sizes = axes.map(({ length }) => length);
  if (isOutline(volume)) {
    return withPending(volume, { shape: sizes, affine }, { mode: "nearest", padding: "border", isMisplaced: false });
  }
  const shape = [volume.channels, ...sizes];
  const order = memoryOrderOf(volume.strides);
  const strides = stridesInOrder(shape, order);
  const [fast, middle, slow] = [0, 1, 2].map((place) => {
    const axis = order[place];
    if (axis === undefined) return { stride: 0, indices: new Int32Array(1) };
    const { from, to, start, length } = axes[axis]!;
    const indices = Int32Array.from({ length }, (_, j) => Math.floor(((start + j + within) * from) / to));
    return { stride: volume.strides[axis + 1]!, indices };
  });
  const data = resultZeros(volume.dtype, volume.channels * strides[0]!);
  for (let c = 0; c < volume.channels; c++) {
    const offset = volume.offset + c * volume.strides[0]!;
    resampleNearest(volume.storage, offset, [fast!, middle!, slow!], data, c * strides[0]!);
  }
  return volume.withSamples({ data, shape, strides, affine });
}

function resizeByArea(volume: Volume, axes: readonly ResizedAxis[], affine: Affine): Volume {
  const shape = [volume.channels, ...axes.map(({ length }) => length)];
  const one = (axis: number): AreaAxis => {
    const { from, to, start, length } = axes[axis] ?? { from: 1, to: 1, start: 0, length: 1 };
    return { size: from, stride: volume.strides[axis + 1] ?? 0, windows: areaWindows(from, to, start, length) };
  };
  const plan: Axes<AreaAxis> = [one(0), one(1), one(2)];
  const size = axes.reduce((product, { length }) => product * length, 1);
  const data = resultZeros("float32", size * volume.channels);
  for (let c = 0; c < volume.channels; c++) {
    const offset = volume.offset + c * volume.strides[0]!;
    if (!poolAreaRows(volume.storage, offset, plan, data, c * size)) {
      poolArea(volume.storage, offset, plan, data, c * size);
    }
  }
  return volume.withSamples({ data, shape, layout: "x-fastest", affine });
}
