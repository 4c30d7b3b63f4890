import fc from "fast-check";
import { expect, test } from "vitest";
import { type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { anyViewed, rowMajor } from "../support/views.ts";

/** The voxel whose value a place on an axis gets; undefined for the constant. */
function wanted(index: number, length: number, mode: PadMode): number | undefined {
  if (index >= 0 && index < length) return index;
  if (mode === "constant") return undefined;
  if (mode === "edge") return index < 0 ? 0 : length - 1;
  return index < 0 ? -index : 2 * (length - 1) - index;
}

test("every voxel of a margin, in its corners too, gets its value whatever the image is a view of", () => {
  const width = fc.nat(3);
  const widths = fc.tuple(width, width, width);
  const mode = fc.constantFrom<PadMode[]>("constant", "edge", "reflect");
  fc.assert(
    fc.property(anyViewed, widths, widths, mode, fc.constantFrom(0, 7), (volume, low, high, padMode, value) => {
      const sizes = volume.spatialShape;
      const most = (n: number, wish: number) => (padMode === "reflect" ? Math.min(wish, n - 1) : wish);
      const before = sizes.map((n, axis) => most(n, low[axis] ?? 0));
      const after = sizes.map((n, axis) => most(n, high[axis] ?? 0));
      const padded = padVolume(volume, { before, after }, padMode, value);
      const [nx = 1, ny = 1, nz = 1] = padded.spatialShape;
      const expected: (number | undefined)[] = [];
      const from = (axis: number, i: number) => wanted(i - (before[axis] ?? 0), sizes[axis] ?? 1, padMode);
      for (let c = 0; c < volume.channels; c++) {
        for (let x = 0; x < nx; x++) {
          for (let y = 0; y < ny; y++) {
            for (let z = 0; z < nz; z++) {
              const [i, j, k] = [from(0, x), from(1, y), from(2, z)];
              const inside = i !== undefined && j !== undefined && k !== undefined;
              expected.push(inside ? volume.get(c, i, j, k) : value);
            }
          }
        }
      }
      expect(rowMajor(padded)).toEqual(expected);
      expect(padded.dtype).toBe(volume.dtype);
    }),
  );
});
