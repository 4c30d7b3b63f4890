import { PipelineError } from "../errors.ts";
import { resampleNearest } from "../kernels/resample-separable.ts";
import { allocate, dtypeWith } from "../samples.ts";
import { translateAffine } from "./affine-matrix.ts";
import { isOutline, withPending } from "./outline.ts";
import { requestedSize } from "./requested-size.ts";
import { stridesFor } from "./strides.ts";
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
 * returns a view of the image itself. An element type that can't hold `value` becomes float32, or float64 if it has 32
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
    throw new PipelineError("VOXRX_TOO_LARGE", `padding would make an image of ${shape.slice(1).join(" x ")} voxels`);
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
  const data = allocate(dtype, size);
  if (mode === "constant" && value !== 0) data.fill(value);
  const strides = stridesFor(shape, "x-fastest");
  const [fast, middle, slow] = [0, 1, 2].map((axis) => {
    const n = sizes[axis] ?? 1;
    const [start, length] = [before[axis] ?? 0, shape[axis + 1] ?? 1];
    const indices = Int32Array.from({ length }, (_, i) => sourceIndex(i - start, n, mode));
    return { indices, stride: volume.strides[axis + 1] ?? 0 };
  });
  for (let c = 0; c < volume.channels; c++) {
    const offset = volume.offset + c * volume.strides[0]!;
    resampleNearest(volume.storage, offset, [fast!, middle!, slow!], data, c * strides[0]!);
  }
  return volume.withSamples({ data, shape, strides, affine });
}

function sourceIndex(index: number, length: number, mode: PadMode): number {
  if (index >= 0 && index < length) return index;
  if (mode === "constant") return -1;
  if (mode === "edge") return index < 0 ? 0 : length - 1;
  return index < 0 ? -index : 2 * (length - 1) - index;
}
