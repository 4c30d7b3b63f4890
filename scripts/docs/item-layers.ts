/** What of an item is drawn: the image and the label that an operator changed. */
import { Volume } from "voxrx";
import { isIntegerDtype } from "../../src/samples.ts";
import { applyAffine, invertAffine } from "../../src/volume/affine-matrix.ts";
import { recordOf, sameValue } from "./item-values.ts";

/** The volumes of an item that are drawn. */
export interface Layers {
  readonly image: Volume | undefined;
  /** Whether the image only is there to see where the label is. */
  readonly isContext: boolean;
  readonly label: Volume | undefined;
}

/** The volumes of an item by field; a bare one is called `image`. */
export function volumesOf(item: unknown): Map<string, Volume> {
  const fields = item instanceof Volume ? { image: item } : (recordOf(item) ?? {});
  const volumes = Object.entries(fields).flatMap(([key, value]) =>
    value instanceof Volume ? [[key, value] as const] : [],
  );
  return new Map(volumes);
}

/** The fields with volumes that are new or differ. */
export function changedKeys(before: unknown, after: unknown): string[] {
  const known = volumesOf(before);
  return [...volumesOf(after)].filter(([key, volume]) => !sameValue(known.get(key), volume)).map(([key]) => key);
}

/** Whether all volumes have the same values, maybe of another type: so are items that a random operator did not choose. */
export function haveSameValues(before: unknown, after: unknown): boolean {
  const known = volumesOf(before);
  return [...volumesOf(after)].every(([key, { shape, affine, samples }]) => {
    const other = known.get(key);
    if (!other || String(other.shape) !== String(shape) || String(other.affine) !== String(affine)) return false;
    const values = other.samples;
    for (let i = 0; i < samples.length; i++) if (samples[i] !== values[i]) return false;
    return true;
  });
}

const labelValues = new WeakMap<Volume, boolean>();

/** Whether a volume is a label: integers with few different values. */
export function isLabel(volume: Volume): boolean {
  const known = labelValues.get(volume);
  if (known !== undefined) return known;
  const found = isIntegerDtype(volume.dtype) && hasFewValues(volume);
  labelValues.set(volume, found);
  return found;
}

function hasFewValues({ samples }: Volume): boolean {
  const seen = new Set<number>();
  for (const value of samples) if (seen.add(value).size > 12) return false;
  return true;
}

/** The layers of one side: what changed, over an image if only labels did. */
export function layersOf(item: unknown, changed: readonly string[]): Layers {
  const volumes = volumesOf(item);
  const touched = [...volumes].filter(([key]) => changed.includes(key)).map(([, volume]) => volume);
  const labels = touched.filter(isLabel);
  const images = touched.filter((volume) => !isLabel(volume));
  const image =
    images[0] ??
    [...volumes.values()].find(
      (volume) => !isLabel(volume) && (touched.length === 0 || labels.some((one) => isSameGrid(one, volume))),
    );
  const label = labels.find((one) => !image || isSameGrid(one, image));
  return { image, isContext: images.length === 0, label };
}

function isSameGrid(a: Volume, b: Volume): boolean {
  return (
    String(a.spatialShape) === String(b.spatialShape) &&
    a.affine.every((one, n) => Math.abs(one - (b.affine[n] ?? 0)) < 1e-4)
  );
}

/** Where in the world to look: the middle of the labels, or of the image. */
export function placeToLook(item: unknown): readonly [number, number, number] {
  const volumes = [...volumesOf(item).values()];
  const label = volumes.find((one) => isLabel(one) && one.samples.some((value) => value > 0));
  const volume = label ?? volumes[0];
  if (!volume) return [0, 0, 0];
  return applyAffine(volume.affine, label ? foregroundMiddle(label) : volume.spatialShape.map((n) => (n - 1) / 2));
}

function foregroundMiddle(label: Volume): number[] {
  const [nx = 1, ny = 1, nz = 1] = label.spatialShape;
  const { samples } = label;
  const sum = [0, 0, 0];
  let count = 0;
  for (let x = 0, i = 0; x < nx; x++) {
    for (let y = 0; y < ny; y++) {
      for (let z = 0; z < nz; z++, i++) {
        if ((samples[i] ?? 0) <= 0) continue;
        count++;
        for (const [axis, n] of [x, y, z].entries()) sum[axis] = (sum[axis] ?? 0) + n;
      }
    }
  }
  return sum.map((total) => total / Math.max(1, count));
}

/** The index of the slice through a place in the world; the middle one if the image does not reach there. */
export function sliceThrough(volume: Volume, place: readonly number[], axis: number): number {
  const size = volume.spatialShape[axis] ?? 1;
  const inverse = invertAffine(volume.affine);
  const index = inverse ? Math.round(applyAffine(inverse, place)[axis] ?? 0) : -1;
  return index >= 0 && index < size ? index : Math.floor(size / 2);
}

/** Where the box of one image lies in another, as parts of its extent along each axis; undefined if it is turned. */
export function boxWithin(
  inner: Volume,
  outer: Volume,
): { readonly from: number[]; readonly to: number[] } | undefined {
  const inverse = invertAffine(outer.affine);
  if (!inverse) return undefined;
  const corner = (offset: (n: number) => number) =>
    applyAffine(
      inverse,
      applyAffine(
        inner.affine,
        [0, 1, 2].map((axis) => offset(inner.spatialShape[axis] ?? 1)),
      ),
    );
  const [first, last] = [corner(() => -0.5), corner((n) => n - 0.5)];
  const isAligned = [0, 1, 2].every((axis) => {
    const size = inner.spatialShape[axis] ?? 1;
    return Math.abs((last[axis] ?? 0) - (first[axis] ?? 0) - size) < 0.01 * size + 0.01;
  });
  if (!isAligned) return undefined;
  const part = (place: number, axis: number) => (place + 0.5) / (outer.spatialShape[axis] ?? 1);
  return { from: first.map(part), to: last.map(part) };
}
