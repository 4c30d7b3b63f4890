import { PipelineError } from "../errors.ts";
import { type Axes, addPatch, emptyMeans, type PatchMeans } from "../kernels/accumulate.ts";
import { axisWeights, leastWeight, type PatchMeta } from "./patch-grid.ts";
import { Volume } from "./volume.ts";

/** Maximum number of samples of a stitched image. */
const maxSamples = 2 ** 30;

/**
 * An image while its patches arrive: weighted means of values, in float32. They have the memory order of the first
 * patch, so that rows are read in the order in which they are stored.
 */
export class Stitched {
  readonly #place: PatchMeta;
  /** The axes, the slowest in memory first; -1 for the third of a 2D image. */
  readonly #order: Axes;
  readonly #means: PatchMeans;
  readonly #along: readonly [Float64Array, Float64Array, Float64Array];
  readonly #least: number;
  readonly #first: Volume;

  /**
   * @throws PipelineError `VOXRX_TOO_LARGE` for more than 2^30 samples, `VOXRX_SHAPE_MISMATCH` as {@link Stitched.add}
   */
  constructor(first: Volume, place: PatchMeta) {
    checkSize(first, place, first.channels);
    this.#order = memoryOrder(first);
    const shape = this.#inOrder(place.paddedShape, 1);
    const size = shape[0] * shape[1] * shape[2];
    if (!(size * first.channels <= maxSamples)) {
      throw new PipelineError(
        "VOXRX_TOO_LARGE",
        `stitching would make an image of ${first.channels} channels of ${place.paddedShape.join(" x ")} voxels`,
        { remedy: "Keep fewer channels of the prediction, or stitch smaller images." },
      );
    }
    this.#first = first;
    this.#place = place;
    const slowest = this.#order[0] === 0 ? 0 : this.#order[1] === 0 ? 1 : 2;
    this.#means = emptyMeans(first.channels, shape, slowest, place.roiSize[0] ?? 1);
    const along = place.roiSize.map((n) => axisWeights(n, place.mode, place.sigmaScale));
    this.#least = leastWeight(along);
    const weightsOf = (axis: number) => along[axis] ?? Float64Array.of(1);
    this.#along = [weightsOf(this.#order[0]), weightsOf(this.#order[1]), weightsOf(this.#order[2])];
  }

  /**
   * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when a volume's size differs from that of its patch, or its number of
   *   channels from that of the first patch; `VOXRX_BROKEN_WINDOWS` when it starts before the last one along the
   *   first axis
   */
  add(patch: Volume, place: PatchMeta): void {
    checkSize(patch, place, this.#first.channels);
    if ((place.start[0] ?? 0) < this.#means.weights.start) throw outOfOrder(place);
    const { storage: samples, offset, channels, strides } = patch;
    const placed = {
      ...{ samples, offset, channels, channelStride: strides[0] ?? 0 },
      shape: this.#inOrder(place.roiSize, 1),
      strides: this.#inOrder(strides.slice(1), 0),
      start: this.#inOrder(place.start, 0),
    };
    addPatch(this.#means, placed, this.#along, this.#least);
  }

  /** The whole image without padding, at the original image's place in the world. */
  finish(): Volume {
    const { paddedShape, padding, shape, affine, patchIndex } = this.#place;
    const { patch: _, patchIndex: __, ...facts } = this.#first.meta;
    const meta = patchIndex === undefined ? facts : { ...facts, patchIndex };
    const [n0, n1, n2] = this.#means.shape;
    const strides = [n0 * n1 * n2, ...paddedShape.map(() => 0)];
    for (const [n, stride] of [n1 * n2, n2, 1].entries()) {
      const axis = this.#order[n] ?? -1;
      if (axis >= 0) strides[axis + 1] = stride;
    }
    const data = this.#means.values;
    const padded = new Volume({ data, shape: [this.#first.channels, ...paddedShape], strides, meta });
    const end = shape.map((n, axis) => n + (padding[axis] ?? 0));
    return padded.crop(padding, end).withAffine(affine);
  }

  #inOrder(values: readonly number[], missing: number): Axes {
    const [slow, middle, fast] = this.#order;
    return [values[slow] ?? missing, values[middle] ?? missing, values[fast] ?? missing];
  }
}

function memoryOrder({ strides }: Volume): Axes {
  const [x, y, z] = [1, 2, 3].map((axis) => Math.abs(strides[axis] ?? 0));
  if (strides.length === 3) return (x ?? 0) <= (y ?? 0) ? [-1, 1, 0] : [-1, 0, 1];
  return (x ?? 0) <= (z ?? 0) ? [2, 1, 0] : [0, 1, 2];
}

function checkSize(patch: Volume, { roiSize }: PatchMeta, channels: number): void {
  if (String(patch.spatialShape) === String(roiSize) && patch.channels === channels) return;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a prediction must have its patch's shape [${[channels, ...roiSize]}], got [${patch.shape}]`,
    { remedy: "Predict as many voxels as the patch has, with the same number of channels for all patches." },
  );
}

function outOfOrder({ start, index, count }: PatchMeta): PipelineError {
  return new PipelineError(
    "VOXRX_BROKEN_WINDOWS",
    `the patches of an item do not make a whole image: patch ${index} of ${count} starts at [${start}], before the last`,
    { remedy: "Keep meta.patch as slidingWindow made it." },
  );
}
