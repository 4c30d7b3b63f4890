/** Label fields: which value a voxel has, where they are, and how they are found among the voxels of an image. */
import { PipelineError } from "../errors.ts";
import { isIntegerDtype } from "../samples.ts";
import { type AffineLike, applyAffine, identityAffine, invertAffine } from "../volume/affine-matrix.ts";
import { indexMap } from "../volume/grid.ts";
import type { Volume } from "../volume/volume.ts";
import { isPlaced } from "./plane-view.ts";

/** The label at a place in the memory of a volume's first channel; 0 is background. */
type LabelReader = (at: number) => number;

/**
 * Reads labels. With several channels, each is a class: the last one above 0.5 counts. If the first channel covers more
 * than half of the image, it is the background.
 */
function labelReader({ storage, channels, strides, ...volume }: LabelMemory): LabelReader {
  const round = isIntegerDtype(volume.dtype)
    ? (value: number) => value
    : (value: number) => (Number.isFinite(value) ? Math.round(value) : 0);
  if (channels === 1) return (at) => round(storage[at] ?? 0);
  const step = strides[0] ?? 0;
  const first = volume.hasBackground ? 1 : 0;
  return (at) => {
    for (let channel = channels - 1; channel >= first; channel--) {
      if ((storage[at + channel * step] ?? 0) > 0.5) return channel + 1 - first;
    }
    return 0;
  };
}

interface LabelMemory extends Pick<Volume, "storage" | "channels" | "strides" | "dtype"> {
  readonly hasBackground: boolean;
}

/** A label field, ready to be read. */
export class LabelField {
  readonly volume: Volume;
  readonly #valueAt: LabelReader;
  readonly #shape: readonly [number, number, number];
  readonly #steps: readonly [number, number, number];
  readonly #offset: number;

  constructor(volume: Volume) {
    this.volume = volume;
    const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
    const { storage, strides, offset, channels, dtype } = volume;
    this.#shape = [nx, ny, nz];
    this.#steps = [strides[1] ?? 0, strides[2] ?? 0, strides[3] ?? 0];
    this.#offset = offset;
    let covered = 0;
    if (channels > 1) this.#eachPlace((at) => (covered += (storage[at] ?? 0) > 0.5 ? 1 : 0));
    const hasBackground = 2 * covered > nx * ny * nz;
    this.#valueAt = labelReader({ storage, channels, strides, dtype, hasBackground });
  }

  /** The label at a voxel; 0 outside. */
  at(x: number, y: number, z: number): number {
    const [nx, ny, nz] = this.#shape;
    if (!(x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz)) return 0;
    return this.#valueAt(this.#offset + x * this.#steps[0] + y * this.#steps[1] + z * this.#steps[2]);
  }

  /** The voxel in the middle of all foreground, on slices that have some; undefined without foreground. */
  center(): [number, number, number] | undefined {
    const counts = this.#shape.map((n) => new Float64Array(n));
    const [alongX, alongY, alongZ] = counts;
    this.#eachPlace((at, x, y, z) => {
      if (this.#valueAt(at) === 0) return;
      for (const [count, n] of [[alongX, x] as const, [alongY, y] as const, [alongZ, z] as const]) {
        if (count) count[n] = (count[n] ?? 0) + 1;
      }
    });
    const total = alongX?.reduce((sum, n) => sum + n, 0) ?? 0;
    if (total === 0) return undefined;
    const [x = 0, y = 0, z = 0] = counts.map((count) => middleOf(count, total));
    return [x, y, z];
  }

  #eachPlace(visit: (at: number, x: number, y: number, z: number) => void): void {
    const [nx, ny, nz] = this.#shape;
    const [stepX, stepY, stepZ] = this.#steps;
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        const row = this.#offset + z * stepZ + y * stepY;
        for (let x = 0; x < nx; x++) visit(row + x * stepX, x, y, z);
      }
    }
  }
}

/** The mean place; if there is nothing at it, that with the most, or the mean of those that are equal. */
function middleOf(counts: Float64Array, total: number): number {
  const mean = counts.reduce((sum, n, place) => sum + n * place, 0) / total;
  if ((counts[Math.round(mean)] ?? 0) > 0) return mean;
  const most = Math.max(...counts);
  const [first, last] = [counts.indexOf(most), counts.lastIndexOf(most)];
  return mean - first < last - mean ? first : last;
}

/**
 * The map from voxel indices of an image to those of a label, by their places in the world. Without such places, the
 * voxels are taken to be the same if there are as many.
 */
export function mapToLabel(image: Volume, label: Volume): AffineLike {
  const [from, to] = [image.spatialShape, label.spatialShape];
  const areAlike = from.length === to.length && from.every((n, axis) => n === to[axis]);
  const [first, second] = [image.affine, label.affine];
  if (areAlike && first.every((value, n) => value === second[n])) return identityAffine();
  if (from.length !== to.length) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `an image of shape [${image.shape}] has a label of [${label.shape}]`,
      {
        operator: "show",
        remedy: "Show them separately, or give both the same number of axes.",
      },
    );
  }
  const areApart = isPlaced(image) && isPlaced(label) && invertAffine(second) !== undefined;
  if (areAlike && !areApart) return identityAffine();
  return indexMap({ shape: to, affine: second }, { shape: from, affine: first });
}

/** The voxel of an image at the middle of a label's foreground. */
export function centerIn(image: Volume, label: LabelField): [number, number, number] | undefined {
  const center = label.center();
  return center && applyAffine(mapToLabel(label.volume, image), center);
}
