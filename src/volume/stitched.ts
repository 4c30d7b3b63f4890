import { PipelineError } from "../errors.ts";
import { addWindow, divideByWeights, type WindowSums } from "../kernels/accumulate.ts";
import { Volume } from "./volume.ts";
import { axisWeights, leastWeight, type WindowMeta } from "./windows.ts";

/** Samples that an image may have that is put together. */
const maxSamples = 2 ** 30;

/** An image while its windows come in: sums of values by weight, and of weights, in float32. */
export class Stitched {
  readonly #place: WindowMeta;
  readonly #sums: WindowSums;
  readonly #along: readonly Float64Array[];
  readonly #least: number;
  readonly #first: Volume;

  /** @throws PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples, `VOXRX_SHAPE_MISMATCH` as {@link Stitched.add} */
  constructor(first: Volume, place: WindowMeta) {
    checkSize(first, place, first.channels);
    const [nx = 1, ny = 1, nz = 1] = place.paddedShape;
    const size = nx * ny * nz;
    if (!(size * first.channels <= maxSamples)) {
      throw new PipelineError(
        "VOXRX_TOO_LARGE",
        `the whole would be an image of ${first.channels} channels of ${place.paddedShape.join(" x ")} voxels`,
        { remedy: "Take fewer channels of the prediction, or stitch images of fewer voxels." },
      );
    }
    this.#first = first;
    this.#place = place;
    this.#sums = {
      values: new Float32Array(size * first.channels),
      weights: new Float32Array(size),
      shape: [nx, ny, nz],
    };
    this.#along = place.roiSize.map((n) => axisWeights(n, place.mode, place.sigmaScale));
    this.#least = leastWeight(this.#along);
  }

  /** @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a volume of another size than its window, or of other channels than the first */
  add(window: Volume, place: WindowMeta): void {
    checkSize(window, place, this.#first.channels);
    addWindow(this.#sums, window, place.start, this.#along, this.#least);
  }

  /** The whole, without padding, where the image was in the world. To be called once. */
  finish(): Volume {
    divideByWeights(this.#sums);
    const { paddedShape, padding, shape, affine, patchIndex } = this.#place;
    const { window: _, patchIndex: __, ...facts } = this.#first.meta;
    const meta = patchIndex === undefined ? facts : { ...facts, patchIndex };
    const padded = new Volume({ data: this.#sums.values, shape: [this.#first.channels, ...paddedShape], meta });
    const end = shape.map((n, axis) => n + (padding[axis] ?? 0));
    return padded.crop(padding, end).withAffine(affine);
  }
}

function checkSize(window: Volume, { roiSize }: WindowMeta, channels: number): void {
  if (String(window.spatialShape) === String(roiSize) && window.channels === channels) return;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a prediction of shape [${window.shape}] does not fit a window of [${[channels, ...roiSize]}]`,
    { remedy: "Predict as many voxels as the window has, with one number of channels." },
  );
}
