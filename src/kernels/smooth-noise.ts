/** Random deformations: smooth displacement fields, and axes that are stretched cell by cell. */
import type { Random } from "../random/random.ts";
import type { Displacement } from "./gather-plan.ts";
import { smoothGaussian } from "./gaussian.ts";

/** Reach of the Gaussian that smooths a displacement field, in standard deviations. MONAI's number. */
const truncated = 3;

/**
 * A displacement field of `shape`: uniform noise in [-1, 1], smoothed by a Gaussian of `sigma` voxels with zeros around
 * the image, times `magnitude` voxels. The noise is drawn in the order of voxels, x fastest, one axis of the vectors
 * after the other.
 */
export function smoothNoise(
  shape: readonly [number, number, number],
  sigma: number,
  magnitude: number,
  random: Random,
): Displacement {
  const drawAxis = () => {
    const noise = new Float32Array(shape[0] * shape[1] * shape[2]);
    for (let at = 0; at < noise.length; at++) noise[at] = random.uniform(-1, 1);
    const smooth = smoothGaussian(noise, [1, ...shape], [sigma, sigma, sigma], truncated);
    for (let at = 0; at < smooth.length; at++) smooth[at]! *= magnitude;
    return smooth;
  };
  return [drawAxis(), drawAxis(), drawAxis()];
}

/**
 * Input positions of the voxels of an axis that is divided into cells, each stretched by its own step: voxel t of a
 * cell is t steps after the end of the previous cell. There is one more step than there are cells; the rest of the axis
 * after the last whole cell spans to the end of the axis, whatever its step is.
 */
export function distortedPositions(length: number, steps: readonly number[]): Float64Array {
  const positions = new Float64Array(length);
  const cells = steps.length - 1;
  const size = Math.max(1, Math.floor(length / cells));
  let begin = 0;
  for (let cell = 0, start = 0; start < length; cell++, start += size) {
    const whole = cell < cells && start + size <= length;
    const end = whole ? start + size : length;
    const step = whole ? steps[cell]! : (length - begin) / (end - start);
    for (let at = start; at < end; at++) positions[at] = begin + (at - start) * step;
    if (!whole) break;
    begin += size * step;
  }
  return positions;
}
