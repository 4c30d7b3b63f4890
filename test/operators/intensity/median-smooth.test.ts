import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { medianSmooth } from "voxrx/operators";
import { sizeOfShape } from "../../../src/volume/strides.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

const length = fc.integer({ min: 1, max: 6 });

/** The medians of all boxes by sorting, x fastest. */
function mediansOf(image: Volume, radius: readonly number[]): number[] {
  const [nx = 1, ny = 1, nz = 1] = image.spatialShape;
  const [rx = 0, ry = 0, rz = 0] = radius;
  const inside = (place: number, n: number) => Math.min(Math.max(place, 0), n - 1);
  const medians: number[] = [];
  for (let c = 0; c < image.channels; c++)
    for (let z = 0; z < nz; z++)
      for (let y = 0; y < ny; y++)
        for (let x = 0; x < nx; x++) {
          const box: number[] = [];
          for (let i = -rx; i <= rx; i++)
            for (let j = -ry; j <= ry; j++)
              for (let k = -rz; k <= rz; k++) {
                box.push(image.get(c, inside(x + i, nx), inside(y + j, ny), inside(z + k, nz)) ?? Number.NaN);
              }
          box.sort((a, b) => a - b);
          medians.push((box[(box.length - 1) / 2] ?? Number.NaN) + 0);
        }
  return medians;
}

describe("medianSmooth", () => {
  test("is the median of the box, with the nearest voxel for those outside, as a search by sorting finds it", async () => {
    const shapes: fc.Arbitrary<readonly number[]> = fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 2 }), length, length, length),
      fc.tuple(fc.integer({ min: 1, max: 2 }), length, length),
    );
    const radii = fc.constantFrom([1, 1, 1], [1, 1, 0], [2, 0, 1], [0, 1, 0], [0, 0, 0], [4, 2, 1], [1, 7, 2]);
    await fc.assert(
      fc.asyncProperty(
        shapes,
        radii,
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 60, maxLength: 60 }),
        fc.constantFrom("float32", "int16"),
        async (shape, reaches, values, dtype) => {
          const radius = reaches.slice(0, shape.length - 1);
          const size = sizeOfShape(shape);
          const data = Float32Array.from({ length: size }, (_, n) => (values[n % 60] ?? 0) * (n % 7));
          const image = new Volume({ data: dtype === "int16" ? Int16Array.from(data) : data, shape });
          const result = await applied(image, medianSmooth({ radius }));
          expect([result.dtype, valuesOf(result)]).toEqual(["float32", mediansOf(image, radius)]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("leaves constant images and the air around a scan as they are, up to the corners", async () => {
    const radii = [1, 2, 5, [1, 1, 0], [3, 0, 1]];
    for (const shape of [
      [1, 3, 3],
      [2, 5, 4, 3],
      [1, 1, 1, 9],
    ]) {
      const image = new Volume({ data: new Int16Array(shape.reduce((a, b) => a * b)).fill(-1000), shape });
      for (const reach of radii) {
        const radius = typeof reach === "number" ? reach : reach.slice(0, shape.length - 1);
        expect(new Set(await valuesAfter(image, medianSmooth({ radius })))).toEqual(new Set([-1000]));
      }
    }
  });

  test("keeps rows of one value each, as in MONAI, and moves to the middle of a border's own box", async () => {
    const inRows = new Volume({
      data: Float32Array.from({ length: 18 }, (_, n) => 1 + Math.floor(n / 3)),
      shape: [2, 3, 3],
    });
    expect(valuesOf(await applied(inRows, medianSmooth()))).toEqual(valuesOf(inRows));
    const slim = new Volume({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 3, 2] });
    expect(await valuesAfter(slim, medianSmooth())).toEqual([2, 3, 5, 2, 4, 5]); // scipy's median_filter, "nearest"
  });

  test("keeps NaN to the boxes that hold one", async () => {
    expect(await valuesAfter(line(1, 2, Number.NaN, 4, 5, 6), medianSmooth({ radius: [1, 0] }))).toEqual([
      1,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      5,
      6,
    ]);
  });
});

optionSets("medianSmooth", greyImages, [{ radius: 0 }, { radius: [2, 1, 0] }]);
