import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { binaryClasses, ChannelCounts, ClassCounts, labelClasses } from "../../../src/kernels/class-map.ts";
import { anyVolume, ramp, valuesOf } from "../../support/volumes.ts";

/** A value of a label of two or three axes. */
function at(label: Volume, channel: number, x: number, y: number, z: number): number {
  return label.get(channel, x, y, z) ?? Number.NaN;
}

function eachVoxel({ spatialShape: [nx = 1, ny = 1, nz = 1] }: Volume): [number, number, number][] {
  return Array.from({ length: nx * ny * nz }, (_, i) => [Math.floor(i / (ny * nz)), Math.floor(i / nz) % ny, i % nz]);
}

describe("finding voxels", () => {
  test("numbers the voxels of each class as NumPy's nonzero does, whatever the layout and the number of axes", () => {
    fc.assert(
      fc.property(anyVolume, fc.constantFrom("x-fastest", "z-fastest"), (volume, layout) => {
        const classed = volume.withSamples({
          data: Uint8Array.from(valuesOf(volume), (value) => value % 3),
          layout: "x-fastest",
        });
        const label = classed.toContiguous(layout);
        const counts = label.channels > 1 ? new ChannelCounts(label) : new ClassCounts(labelClasses(label, 3), 3);
        for (let own = 0; own < (label.channels > 1 ? label.channels : 3); own++) {
          const isOf = (x: number, y: number, z: number) =>
            label.channels > 1 ? at(label, own, x, y, z) !== 0 : at(label, 0, x, y, z) === own;
          const expected = eachVoxel(label).filter((place) => isOf(...place));
          expect(counts.total(own)).toBe(expected.length);
          expect(expected.map((_, n) => counts.find(own, n))).toEqual(expected);
        }
      }),
    );
  });

  test("listed numbers are those of the voxels that are found one by one", () => {
    const label = ramp([1, 3, 4, 5], "uint8");
    const counts = new ClassCounts(binaryClasses(label), 2);
    const numbers = Array.from(counts.list(1), (_, n) => counts.find(1, n)).map(([x, y, z]) => z + 5 * (y + 4 * x));
    expect(Array.from(counts.list(1))).toEqual(numbers);
    expect(counts.list(1).length + counts.list(0).length).toBe(60);
  });
});
