import { resampleRows } from "../kernels/resample-rows.ts";
import { type Axes, resampleLinear, resampleNearest } from "../kernels/resample-separable.ts";
import { type AxisMap, isIdentity, linearTaps, nearestTaps } from "../kernels/sampling.ts";
import type { Dtype } from "../samples.ts";
import { type Affine, identityAffine, multiplyAffine } from "./affine-matrix.ts";
import { asFloat32 } from "./as-float32.ts";
import { type Grid, indexMap } from "./grid.ts";
import { isOutline, type PendingResampling, withPending } from "./outline.ts";
import { resampleByMap } from "./resample-by-map.ts";
import { checkResampleSize, type ResampleOptions, samplesFor } from "./resample-options.ts";
import { stridesInOrder } from "./strides.ts";
import type { Volume } from "./volume.ts";

/**
 * An output axis counts as running along one input axis if it deviates by at most this many voxels over its whole
 * length.
 */
const alignedTolerance = 8e-6;

/**
 * Returns the image on another grid. Bilinear returns float32; samples of more than 16 bits that are not float32 are
 * weighted in double, others in float32. Nearest keeps the element type, ties
 * to even. If every new axis runs along an old one, it works axis by axis, else voxel by voxel. An image that is
 * already on the grid keeps its samples (shared, unless they must become float32).
 *
 * @throws FormatError `VOXRX_BAD_AFFINE`, `VOXRX_BAD_VOLUME` for an image without voxels
 * @throws PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples
 */
export function resample(volume: Volume, target: Grid, options: ResampleOptions): Volume {
  const source: Grid = { shape: volume.spatialShape, affine: volume.affine };
  checkResampleSize(volume, target.shape);
  const shape = [volume.channels, ...target.shape];
  const map = cornersMatched(indexMap(source, target), source.shape, target.shape, options.alignCorners);
  const axes = alignedAxes(map, source.shape, target.shape);
  if (axes?.every((axis, k) => axis.input === k && isIdentity(axis))) {
    const same = options.mode === "nearest" ? volume : asFloat32(volume);
    return same.withAffine(target.affine);
  }
  if (isOutline(volume)) return withPending(volume, target, pendingFor(options));
  const dtype = options.mode === "nearest" ? volume.dtype : "float32";
  return axes
    ? resampleSeparably(volume, axes, shape, target.affine, dtype, options)
    : resampleByMap(
        volume,
        { map: flattened(map, target.shape.length), shape: target.shape, affine: target.affine },
        options,
      );
}

/**
 * Returns the image resampled along its axes, each separately: `axes[k]` maps axis k of the result to axis k of the
 * image. Element types are as in {@link resample}.
 *
 * @param affine affine of the result
 */
export function resampleAxes(
  volume: Volume,
  axes: readonly AxisMap[],
  affine: Affine,
  options: ResampleOptions,
): Volume {
  if (isOutline(volume)) return withPending(volume, { shape: axes.map(({ to }) => to), affine }, pendingFor(options));
  const shape = [volume.channels, ...axes.map(({ to }) => to)];
  const aligned = axes.map((axis, input): AlignedAxis => ({ ...axis, input }));
  return resampleSeparably(
    volume,
    aligned,
    shape,
    affine,
    options.mode === "nearest" ? volume.dtype : "float32",
    options,
  );
}

/** What an outline records about a resampling. */
function pendingFor({ mode, padding, alignCorners }: ResampleOptions): PendingResampling {
  return { mode, padding, isMisplaced: alignCorners };
}

/** One output axis: the input axis that it runs along, and the map between them. */
interface AlignedAxis extends AxisMap {
  readonly input: number;
}

/** The input axis of each output axis, or undefined if some axis runs across several. */
function alignedAxes(map: Affine, from: readonly number[], to: readonly number[]): AlignedAxis[] | undefined {
  const axes: AlignedAxis[] = [];
  for (const output of to.keys()) {
    let input = 0;
    for (const row of from.keys()) {
      if (Math.abs(map[row * 4 + output]!) > Math.abs(map[input * 4 + output]!)) input = row;
    }
    if (axes.some((other) => other.input === input)) return undefined;
    axes.push({ input, from: from[input]!, to: to[output]!, scale: map[input * 4 + output]!, shift: 0 });
  }
  const exact = axes.map((axis, output): AlignedAxis => {
    let shift = map[axis.input * 4 + 3]!;
    for (const [other, n] of to.entries()) {
      if (other !== output) shift += (map[axis.input * 4 + other]! * (n - 1)) / 2;
    }
    return { ...axis, shift };
  });
  const drift = axes.map(({ input }, output) =>
    to.reduce((sum, n, other) => (other === output ? sum : sum + Math.abs(map[input * 4 + other]!) * (n - 1)), 0),
  );
  return drift.every((voxels) => voxels <= alignedTolerance) ? exact : undefined;
}

/**
 * With `alignCorners`: torch's grid, to which MONAI applies a map that is meant for the other convention. Output voxel
 * j of n means position j n/(n-1) - 1/2, and position q of m is read at (q + 1/2)(m-1)/m.
 */
function cornersMatched(map: Affine, from: readonly number[], to: readonly number[], alignCorners: boolean): Affine {
  if (!alignCorners) return map;
  const [before, after] = [identityAffine(), identityAffine()];
  for (const [axis, n] of to.entries()) {
    before[axis * 5] = n > 1 ? n / (n - 1) : 1;
    before[axis * 4 + 3] = n > 1 ? -0.5 : 0;
  }
  for (const [axis, m] of from.entries()) {
    after[axis * 5] = (m - 1) / m;
    after[axis * 4 + 3] = (m - 1) / (2 * m);
  }
  return multiplyAffine(after, multiplyAffine(map, before));
}

function resampleSeparably(
  volume: Volume,
  axes: readonly AlignedAxis[],
  shape: readonly number[],
  affine: Affine,
  dtype: Dtype,
  { mode, padding, alignCorners }: ResampleOptions,
): Volume {
  const size = axes.reduce((product, axis) => product * axis.to, 1);
  const offsetOf = (channel: number) => volume.offset + channel * volume.strides[0]!;
  if (mode === "nearest") {
    const order = [...axes.keys()].sort((a, b) => strideOf(volume, axes[a]!) - strideOf(volume, axes[b]!));
    const plan = threeAxes(volume, axes, order, (axis, stride) => ({
      stride,
      indices: nearestTaps(axis, padding, alignCorners),
    }));
    const data = samplesFor(padding, dtype, size * volume.channels);
    for (let c = 0; c < volume.channels; c++) resampleNearest(volume.storage, offsetOf(c), plan, data, c * size);
    return volume.withSamples({ data, shape, strides: stridesInOrder(shape, order), affine });
  }
  // Sums are rounded, so their order is that of the axes, not of memory: then a view and its copy yield the same bytes.
  const plan = threeAxes(volume, axes, [...axes.keys()], (axis, stride) => ({
    size: axis.from,
    stride,
    taps: linearTaps(axis, padding, alignCorners),
  }));
  const data = samplesFor(padding, "float32", size * volume.channels);
  const along = linearKernel(volume.dtype);
  for (let c = 0; c < volume.channels; c++) along(volume.storage, offsetOf(c), plan, data, c * size);
  return volume.withSamples({ data, shape, layout: "x-fastest", affine });
}

const singleVoxel: AlignedAxis = { input: -1, from: 1, to: 1, scale: 1, shift: 0 };

/** The three axes that kernels expect, the fastest one first; a 2D image has a third axis of one voxel. */
function threeAxes<T>(
  volume: Volume,
  axes: readonly AlignedAxis[],
  order: readonly number[],
  make: (axis: AlignedAxis, stride: number) => T,
): Axes<T> {
  const one = (place: number) => {
    const axis = axes[order[place] ?? -1] ?? singleVoxel;
    return make(axis, axis.input < 0 ? 0 : volume.strides[axis.input + 1]!);
  };
  return [one(0), one(1), one(2)];
}

function strideOf(volume: Volume, { input }: AlignedAxis): number {
  return Math.abs(volume.strides[input + 1]!);
}

/** Linear resampling along axes: in double for samples that can differ in digits that float32 does not have. */
export function linearKernel(dtype: Dtype): typeof resampleLinear {
  const isWide = dtype === "float64" || dtype === "int32" || dtype === "uint32";
  return isWide ? resampleLinear : resampleRows;
}

/** The map of a 2D image stays in its plane. */
export function flattened(map: Affine, rank: number): Affine {
  if (rank === 3) return map;
  const flat = Float64Array.from(map);
  flat.set([0, 0, 1, 0], 8);
  flat[2] = 0;
  flat[6] = 0;
  return flat;
}
