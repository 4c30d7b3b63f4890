/** Images to resample, and what must be true of the result. */
import { expect } from "vitest";
import { Volume } from "voxrx";
import { applyAffine, invertAffine } from "../../../src/volume/affine-matrix.ts";

/** A smooth hill in the middle, on an oblique affine: what tells places apart, and what interpolation hardly changes. */
export function bump(shape: readonly [number, number, number]): Volume {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]);
  let at = 0;
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++) data[at++] = hill(x, y, z, shape);
    }
  }
  const affine = [-1.5, 0.2, 0.1, 7, 0.3, 1.2, -0.2, -4, -0.1, 0.3, 2, 11, 0, 0, 0, 1];
  return new Volume({ data, shape: [1, ...shape], layout: "x-fastest", affine });
}

function hill(x: number, y: number, z: number, shape: readonly [number, number, number]): number {
  const [dx, dy, dz] = [x - shape[0] / 2.2, y - shape[1] / 1.8, z - shape[2] / 2];
  return Math.exp(-(dx * dx + dy * dy + dz * dz) / 50);
}

/** Every voxel of `result` that lies inside of `source` has the value that is found there by linear interpolation. */
export function expectSamePlaces(result: Volume, source: Volume): void {
  const inverse = invertAffine(source.affine);
  if (!inverse) throw new Error("the source has no place");
  const [nx = 1, ny = 1, nz = 1] = result.spatialShape;
  const wrong: unknown[] = [];
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const place = applyAffine(inverse, applyAffine(result.affine, [x, y, z]));
        const [value, got] = [linearly(source, place), result.get(0, x, y, z)];
        if (value !== undefined && !(Math.abs((got ?? Number.NaN) - value) < 1e-6)) wrong.push({ x, y, z, value, got });
      }
    }
  }
  expect(wrong).toEqual([]);
}

/** The value at a position between voxels; undefined outside of the image. */
function linearly(volume: Volume, position: readonly number[]): number | undefined {
  const last = volume.spatialShape.map((n) => n - 1);
  if (position.some((at, axis) => at < 0 || at > (last[axis] ?? 0))) return undefined;
  const below = position.map((at, axis) => Math.min(Math.floor(at), Math.max((last[axis] ?? 0) - 1, 0)));
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const steps = [corner & 1, (corner >> 1) & 1, corner >> 2];
    const [x = 0, y = 0, z = 0] = below.map((at, axis) => at + (steps[axis] ?? 0));
    const weight = steps.reduce((product, step, axis) => {
      const above = (position[axis] ?? 0) - (below[axis] ?? 0);
      return product * (step ? above : 1 - above);
    }, 1);
    if (weight !== 0) sum += weight * (volume.get(0, x, y, z) ?? Number.NaN);
  }
  return sum;
}
