import { PipelineError } from "../errors.ts";
import { copyStrided } from "../kernels/copy-strided.ts";
import { resultSamples } from "../memory/result-memory.ts";
import { dtypeWith, type TypedArray } from "../samples.ts";
import { translateAffine } from "./affine-matrix.ts";
import { isOutline, withPending } from "./outline.ts";
import { requestedSize } from "./requested-size.ts";
import { memoryOrderOf, stridesInOrder } from "./strides.ts";
import type { Volume } from "./volume.ts";

/** The values of padding: one constant, the nearest voxel, or the image mirrored at its outermost voxels. */
export type PadMode = "constant" | "edge" | "reflect";

/** Voxels to add on each axis. */
export interface Margins {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The voxels to add so that an image reaches a size. */
export function marginsTo(
  shape: readonly number[],
  size: number | readonly number[],
  method: "symmetric" | "end",
): Margins {
  const missing = requestedSize(size, shape).map((target, axis) => Math.max(target - (shape[axis] ?? target), 0));
  const before = missing.map((n) => (method === "symmetric" ? Math.floor(n / 2) : 0));
  return { before, after: missing.map((n, axis) => n - (before[axis] ?? 0)) };
}

/** Maximum number of samples of a padded image. */
const maxSamples = 2 ** 30;

/**
 * Returns the image with voxels added around it; no voxel of the image moves in the world. If there is nothing to add,
 * returns a view of the image itself. The result has the memory order of the image. An element type that can't hold `value` becomes float32, or float64 if it has 32
 * bits.
 *
 * @throws PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples, `VOXRX_SHAPE_MISMATCH` for mirroring more voxels
 *   than the image has
 */
export function padVolume(volume: Volume, { before, after }: Margins, mode: PadMode, value: number): Volume {
  if ([...before, ...after].every((n) => n === 0)) return volume.share();
  const sizes = volume.spatialShape;
  const shape = [volume.channels, ...sizes.map((n, axis) => n + before[axis]! + after[axis]!)];
  const size = shape.reduce((product, n) => product * n, 1);
  if (!(size <= maxSamples)) {
    throw new PipelineError("VOXRX_TOO_LARGE", `padding would make an image of ${shape.slice(1).join(" x ")} voxels`, {
      remedy: "Pad by less, or crop or resample the image first.",
    });
  }
  if (mode === "reflect" && sizes.some((n, axis) => Math.max(before[axis]!, after[axis]!) >= n)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `an image of shape [${sizes}] is too small to be mirrored to [${shape.slice(1)}]`,
      {
        remedy: 'Pad with mode "edge" or "constant", or by less than the image\'s size.',
      },
    );
  }
  const origin = before.map((n) => -n);
  const affine = translateAffine(volume.affine, [origin[0] ?? 0, origin[1] ?? 0, origin[2] ?? 0]);
  if (isOutline(volume)) {
    const padding = mode === "edge" ? "border" : "zeros";
    return withPending(volume, { shape: shape.slice(1), affine }, { mode: undefined, padding, isMisplaced: false });
  }
  const dtype = mode === "constant" ? dtypeWith(volume.dtype, [value]) : volume.dtype;
  const data = resultSamples(dtype, size).fill(mode === "constant" ? value : 0);
  const strides = stridesInOrder(shape, memoryOrderOf(volume.strides));
  const start = before.reduce((sum, n, axis) => sum + n * strides[axis + 1]!, 0);
  copyStrided(volume.storage, volume.shape, volume.strides, volume.offset, data, strides, start);
  if (mode !== "constant" && !sizes.includes(0)) fillMargins(data, shape, strides, { before, after }, mode);
  return volume.withSamples({ data, shape, strides, affine });
}

/**
 * Copies the voxels next to the margins into them, one axis after the other, x first. Samples between the margins
 * are in place.
 */
function fillMargins(
  data: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  { before, after }: Margins,
  mode: Exclude<PadMode, "constant">,
): void {
  for (const [axis, width] of before.entries()) {
    const end = shape[axis + 1]! - after[axis]!;
    // The next axes get their margins, with those of this axis, after it.
    const later = before.map((n, other) => (other > axis ? n : 0));
    const part = shape.map((n, at) => (at - 1 > axis ? n - before[at - 1]! - after[at - 1]! : n));
    const start = later.reduce((sum, n, other) => sum + n * strides[other + 1]!, 0);
    const copy = (from: number, to: number, count: number) => {
      const [of, steps] = [[...part], [...strides]];
      of[axis + 1] = count;
      steps[axis + 1] = mode === "edge" ? 0 : -strides[axis + 1]!;
      const placeOf = (index: number) => start + index * strides[axis + 1]!;
      copyStrided(data, of, steps, placeOf(from), data, strides, placeOf(to));
    };
    copy(mode === "edge" ? width : 2 * width, 0, width);
    copy(mode === "edge" ? end - 1 : end - 2, end, after[axis]!);
  }
}
