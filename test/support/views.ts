/**
 * Volumes of every element type, rank and layout, what may be done to them without a copy, and their voxels one by one.
 */
import fc from "fast-check";
import { type Layout, Volume } from "voxrx";
import { allocate, dtypes } from "../../src/samples.ts";
import { sizeOfShape } from "../../src/volume/strides.ts";

/** All voxels as `get` has them, the last axis fastest: what `samples` must be. */
export function rowMajor(volume: Volume): number[] {
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  const values: number[] = [];
  for (let c = 0; c < volume.channels; c++) {
    for (let x = 0; x < nx; x++) {
      for (let y = 0; y < ny; y++) {
        for (let z = 0; z < nz; z++) values.push(volume.get(c, x, y, z) ?? Number.NaN);
      }
    }
  }
  return values;
}

/** All voxels of a volume, or of a view of it, as its storage has them: what kernels read. */
export function stored({ storage, shape, strides, offset }: Volume): number[] {
  const places = shape.reduce<number[]>(
    (starts, n, axis) =>
      starts.flatMap((start) => Array.from({ length: n }, (_, i) => start + i * (strides[axis] ?? 0))),
    [offset],
  );
  return places.map((at) => storage[at] ?? Number.NaN);
}

const anySize = fc.integer({ min: 1, max: 4 });
const anyShape = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 3 }), anySize, anySize),
  fc.tuple(fc.integer({ min: 1, max: 3 }), anySize, anySize, anySize),
);

/** A volume of its own memory, in either layout, with values that its type holds. */
export const anyDense: fc.Arbitrary<Volume> = fc
  .record({
    shape: anyShape,
    dtype: fc.constantFrom(...dtypes),
    layout: fc.constantFrom<Layout[]>("x-fastest", "z-fastest"),
    seed: fc.nat(100),
  })
  .map(({ shape, dtype, layout, seed }) => {
    const data = allocate(dtype, sizeOfShape(shape));
    for (let i = 0; i < data.length; i++) data[i] = (i * 37 + seed) % 101;
    return new Volume({ data, shape, layout, meta: { source: "a.nii" } });
  });

/** Views that move no voxel in the world. */
export const anyGeometry: fc.Arbitrary<(volume: Volume) => Volume> = fc.oneof(
  fc.subarray([0, 1, 2]).map((axes) => (volume: Volume) => volume.flip(axes.filter((axis) => axis < rankOf(volume)))),
  fc
    .shuffledSubarray([0, 1, 2], { minLength: 3 })
    .map((order) => (volume: Volume) => volume.permute(order.filter((axis) => axis < rankOf(volume)))),
  fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 3, maxLength: 3 }).map((cuts) => (volume: Volume) => {
    const bounds = volume.spatialShape.map((n, axis) => part(n, cuts[axis]));
    return volume.crop(
      bounds.map(([start]) => start),
      bounds.map(([, end]) => end),
    );
  }),
  fc.tuple(fc.nat(2), fc.nat(9)).map(([axis, place]) => (volume: Volume) => {
    return rankOf(volume) === 3 ? volume.slice(axis, place % (volume.spatialShape[axis] ?? 1)) : volume;
  }),
);

/** What may be done to a volume without copying it. */
export const anyView: fc.Arbitrary<(volume: Volume) => Volume> = fc.oneof(
  { weight: 4, arbitrary: anyGeometry },
  fc.tuple(fc.nat(9), fc.nat(9)).map((cut) => (volume: Volume) => volume.selectChannels(...part(volume.channels, cut))),
  fc.constant((volume: Volume) => volume.share()),
  fc.constant((volume: Volume) => volume.withAffine([2, 0, 0, 5, 0, 2, 0, 6, 0, 0, 2, 7, 0, 0, 0, 1])),
  fc.constant((volume: Volume) => volume.withMeta({ note: 1 })),
);

/** A volume after any number of views. */
export const anyViewed: fc.Arbitrary<Volume> = fc
  .tuple(anyDense, fc.array(anyView, { maxLength: 5 }))
  .map(([volume, views]) => views.reduce((sofar, view) => view(sofar), volume));

/** A part of an axis that holds one voxel at least. */
function part(n: number, [a, b]: readonly [number, number] = [0, 0]): [start: number, end: number] {
  const start = a % n;
  return [start, start + 1 + (b % (n - start))];
}

function rankOf(volume: Volume): number {
  return volume.spatialShape.length;
}
