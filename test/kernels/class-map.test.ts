import fc from "fast-check";
import { expect, test } from "vitest";
import { binaryClasses, ChannelCounts, ClassCounts, labelClasses } from "../../src/kernels/class-map.ts";
import type { Strided } from "../../src/kernels/strided.ts";

/** An image of small numbers, in memory in any order of axes, some reversed. */
const anyImage = (shape: readonly [number, number, number, number]): fc.Arbitrary<Strided> =>
  fc
    .record({
      kind: fc.constantFrom(Uint8Array, Float32Array, Int16Array),
      order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      reversed: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      values: fc.array(fc.nat({ max: 4 }), { minLength: 7, maxLength: 50 }),
    })
    .map(({ kind, order, reversed, values }) => {
      const strides = [0, 0, 0, 0];
      let [step, offset] = [1, 0];
      for (const axis of order) {
        const n = shape[axis] ?? 1;
        const isReversed = axis > 0 && reversed[axis - 1];
        strides[axis] = isReversed ? -step : step;
        if (isReversed) offset += (n - 1) * step;
        step *= n;
      }
      const storage = new kind(step);
      for (let i = 0; i < step; i++) storage[i] = values[(i * i) % values.length] ?? 0;
      return { storage, shape, strides, offset };
    });

const anyCase = fc
  .tuple(fc.constantFrom(1, 2), fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 1, max: 6 }))))
  .chain(([channels, [x = 1, y = 1, z = 1]]) =>
    fc.record({
      label: anyImage([channels, x, y, z]),
      gate: fc.option(anyImage([1, x, y, z]), { nil: undefined }),
    }),
  );

function valueAt({ storage, strides, offset }: Strided, place: readonly number[]): number {
  return storage[place.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), offset)] ?? Number.NaN;
}

/** Voxels in the order of NumPy's `nonzero` for which a claim holds. */
function voxelsWhere({ shape }: Strided, holds: (place: number[]) => boolean): number[][] {
  const found: number[][] = [];
  for (let x = 0; x < (shape[1] ?? 1); x++) {
    for (let y = 0; y < (shape[2] ?? 1); y++) {
      for (let z = 0; z < (shape[3] ?? 1); z++) if (holds([x, y, z])) found.push([x, y, z]);
    }
  }
  return found;
}

test("voxels of each class are found in the order of NumPy, whatever the layout, the type and the gate", () => {
  fc.assert(
    fc.property(anyCase, ({ label, gate: image }) => {
      const gate = image && { image, threshold: 1 };
      const isOpen = (place: number[]) => image === undefined || valueAt(image, [0, ...place]) > 1;
      const channels = label.shape[0] ?? 1;
      const isForeground = (place: number[]) =>
        [...Array(channels).keys()].slice(channels > 1 ? 1 : 0).some((c) => valueAt(label, [c, ...place]) !== 0);

      const binary = new ClassCounts(binaryClasses(label, gate), 2);
      const foreground = voxelsWhere(label, isForeground);
      const background = voxelsWhere(label, (place) => !isForeground(place) && isOpen(place));
      expect(found(binary, 1)).toEqual(foreground);
      expect(found(binary, 0)).toEqual(background);
      const [ny, nz] = [label.shape[2] ?? 1, label.shape[3] ?? 1];
      expect(Array.from(binary.list(1))).toEqual(foreground.map(([x = 0, y = 0, z = 0]) => z + nz * (y + ny * x)));

      const labels = new ClassCounts(labelClasses(label, 3, gate), 3);
      const byChannel = new ChannelCounts(label, gate);
      for (const n of [0, 1, 2]) {
        const ofLabel = voxelsWhere(label, (place) => valueAt(label, [0, ...place]) === n && isOpen(place));
        expect(found(labels, n)).toEqual(ofLabel);
      }
      for (let c = 0; c < channels; c++) {
        const ofChannel = voxelsWhere(label, (place) => valueAt(label, [c, ...place]) !== 0 && isOpen(place));
        expect(found(byChannel, c)).toEqual(ofChannel);
      }
    }),
    { numRuns: 100 },
  );
});

function found(counts: ClassCounts | ChannelCounts, classNumber: number): number[][] {
  return Array.from({ length: counts.total(classNumber) }, (_, n) => counts.find(classNumber, n));
}
