import { PipelineError } from "../errors.ts";
import { copyStrided } from "../kernels/copy-strided.ts";
import { resultSamples } from "../memory/result-memory.ts";
import { commonDtype } from "../samples.ts";
import { stridesFor } from "./strides.ts";
import type { Volume } from "./volume.ts";

/** Maximum number of samples of a joined image. */
const maxSamples = 2 ** 30;

/**
 * Joins several images into one, along an axis of their shape (0: channels), with new samples, and the affine and meta
 * of the first. The element type is the narrowest that can hold all values.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when they differ along another axis, `VOXRX_TOO_LARGE` for more than
 * 2^30 samples
 */
export function joinVolumes(volumes: readonly Volume[], axis: number): Volume {
  const [first, ...others] = volumes;
  if (!first) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", "expected at least one image to join, got none", {
      remedy: "Name at least one field, or leave out items without images.",
    });
  }
  const misfit = others.find(
    ({ shape }) => shape.length !== first.shape.length || shape.some((n, at) => at !== axis && n !== first.shape[at]),
  );
  if (misfit || axis < 0 || axis >= first.shape.length) {
    const shapes = volumes.map(({ shape }) => `[${shape}]`).join(", ");
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `images of shapes ${shapes} cannot be joined along axis ${axis}`, {
      remedy: "Bring them to the same shape first, with spacing or resizeWithPadOrCrop.",
    });
  }
  const lengths = volumes.map(({ shape }) => shape[axis] ?? 0);
  const shape = first.shape.map((n, at) => (at === axis ? lengths.reduce((sum, length) => sum + length, 0) : n));
  const size = shape.reduce((product, n) => product * n, 1);
  if (size > maxSamples) {
    throw new PipelineError("VOXRX_TOO_LARGE", `the joined image would have shape [${shape}], more than 2^30 samples`, {
      remedy: "Join fewer images, or crop or resample them first.",
    });
  }
  const strides = stridesFor(shape, "x-fastest");
  const data = resultSamples(commonDtype(volumes.map(({ dtype }) => dtype)), size);
  let at = 0;
  for (const [n, volume] of volumes.entries()) {
    copyStrided(volume.storage, volume.shape, volume.strides, volume.offset, data, strides, at);
    at += (lengths[n] ?? 0) * (strides[axis] ?? 0);
  }
  return first.withSamples({ data, shape, layout: "x-fastest" });
}
