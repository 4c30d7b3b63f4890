import { FormatError, PipelineError } from "../errors.ts";
import {
  type Displacement,
  type GatherPlan,
  type GatherSource,
  gatherLinear,
  gatherNearest,
} from "../kernels/resample-affine.ts";
import { allocate } from "../samples.ts";
import type { Affine } from "./affine-matrix.ts";
import { isOutline, redrawn } from "./outline.ts";
import type { ResampleOptions } from "./resample-volume.ts";
import type { Volume } from "./volume.ts";

/** Samples that a resampled image may have, and vectors that a displacement field may have: a spacing in wrong units is an error. */
const maxSamples = 2 ** 30;
const maxVectors = 2 ** 28;

/** Where the voxels of {@link gathered} come from and where they lie. */
export interface Gathering {
  /** Index in the result to position in the image, in voxels. */
  readonly map: Affine;
  /** Spatial shape of the result. */
  readonly shape: readonly number[];
  /** Affine of the result. */
  readonly affine: Affine;
  /** Added to the indices of the result before they are mapped, in voxels. */
  readonly displacement?: Displacement;
}

/**
 * The image gathered voxel by voxel through a map, bent by a displacement field if there is one. Bilinear gives float32, computed in
 * double; nearest keeps the element type, ties to even.
 *
 * @throws FormatError `VOXRX_BAD_VOLUME` for an image without voxels; PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples
 */
export function gathered(volume: Volume, gathering: Gathering, options: ResampleOptions): Volume {
  const { map, affine, displacement } = gathering;
  checkSize(volume, gathering.shape);
  const { mode, padding, alignCorners } = options;
  if (isOutline(volume)) return redrawn(volume, gathering, { mode, padding, isApart: alignCorners });
  const shape = [volume.channels, ...gathering.shape];
  const plan: GatherPlan = { map, shape: three(shape, 1), padding, alignCorners, displacement };
  const size = gathering.shape.reduce((product, n) => product * n, 1);
  const sourceOf = (channel: number): GatherSource => ({
    samples: volume.storage,
    offset: volume.offset + channel * volume.strides[0]!,
    shape: three(volume.shape, 1),
    strides: three(volume.strides, 0),
  });
  if (mode === "nearest") {
    const data = allocate(volume.dtype, size * volume.channels);
    for (let c = 0; c < volume.channels; c++) gatherNearest(sourceOf(c), plan, data, c * size);
    return volume.withSamples({ data, shape, layout: "x-fastest", affine });
  }
  const data = new Float32Array(size * volume.channels);
  for (let c = 0; c < volume.channels; c++) gatherLinear(sourceOf(c), plan, data, c * size);
  return volume.withSamples({ data, shape, layout: "x-fastest", affine });
}

/** Refuses images without voxels and results beyond all measure. */
export function checkSize(volume: Volume, shape: readonly number[]): void {
  if (volume.size === 0) throw new FormatError("VOXRX_BAD_VOLUME", `an image of shape [${volume.shape}] has no voxels`);
  const samples = shape.reduce((product, n) => product * n, volume.channels);
  if (!(samples <= maxSamples)) throw tooLarge("an image", shape);
}

/** Refuses a displacement field beyond all measure. @throws PipelineError `VOXRX_TOO_LARGE` */
export function checkField(shape: readonly number[]): void {
  const vectors = shape.reduce((product, n) => product * n, 1);
  if (!(vectors <= maxVectors)) throw tooLarge("a displacement field", shape);
}

function three(values: readonly number[], fill: number): [number, number, number] {
  return [values[1]!, values[2]!, values[3] ?? fill];
}

function tooLarge(what: string, shape: readonly number[]): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `resampling would make ${what} of ${shape.join(" x ")} voxels`, {
    remedy: "Check the unit of the spacing (mm) and the affine, ask for a smaller size, or crop the image first.",
  });
}
