import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { medianSmooth } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("medianSmooth", () => {
  test("is the median of the box with zeros around the image, as a search by sorting finds it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 60, maxLength: 60 }),
        fc.constantFrom([1, 1, 1], [2, 0, 1], [0, 1, 0]),
        async (values, radius) => {
          const image = new Volume({ data: Float32Array.from(values), shape: [1, 5, 4, 3], layout: "x-fastest" });
          const result = await applied(image, medianSmooth({ radius }));
          const [rx = 0, ry = 0, rz = 0] = radius;
          for (let x = 0; x < 5; x++) {
            for (let y = 0; y < 4; y++) {
              for (let z = 0; z < 3; z++) {
                const box: number[] = [];
                for (let i = -rx; i <= rx; i++)
                  for (let j = -ry; j <= ry; j++)
                    for (let k = -rz; k <= rz; k++) box.push(image.get(0, x + i, y + j, z + k) ?? 0);
                box.sort((a, b) => a - b);
                expect(result.get(0, x, y, z)).toBe(box[(box.length - 1) / 2]);
              }
            }
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("keeps NaN to the boxes that hold one", async () => {
    expect(await valuesAfter(line(1, 2, Number.NaN, 4, 5, 6), medianSmooth({ radius: [1, 0] }))).toEqual([
      1,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      5,
      5,
    ]);
  });
});

optionSets("medianSmooth", greyImages, [{ radius: 0 }, { radius: [2, 1, 0] }]);
