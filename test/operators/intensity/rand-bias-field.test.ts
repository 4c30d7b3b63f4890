import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { randBiasField } from "voxrx/operators";
import { biased } from "../../../operators/intensity/rand-bias-field.ts";
import { coefficientCount } from "../../../src/kernels/bias-field.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { drawCount } from "../../support/long.ts";
import { ramp, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt } from "./rand-drawn.ts";

describe("randBiasField", () => {
  test("is exp of a plane for degree 1, the coefficients in the order 1, z, y, x", () => {
    const image = new Volume({ data: new Float32Array(27).fill(2), shape: [1, 3, 3, 3] });
    const field = biased(image, 1, [0.1, 0.2, 0.3, 0.4]);
    for (const [x, y, z] of [[0, 0, 0] as const, [2, 1, 0] as const, [1, 2, 2] as const]) {
      const wanted = 2 * Math.exp(0.1 + 0.2 * (z - 1) + 0.3 * (y - 1) + 0.4 * (x - 1));
      expect(field.get(0, x, y, z)).toBeCloseTo(wanted, 6);
    }
  });

  test("is made of Legendre polynomials: of degree 2 in 2D, in the order 1, y, y2, x, xy, x2", () => {
    const image = new Volume({ data: new Float32Array(25).fill(1), shape: [1, 5, 5] });
    const second = (x: number) => (3 * x * x - 1) / 2;
    const field = biased(image, 2, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
    for (const [i, j] of [[0, 3] as const, [4, 1] as const, [2, 2] as const]) {
      const [x, y] = [-1 + i / 2, -1 + j / 2];
      const sum = 0.1 + 0.2 * y + 0.3 * second(y) + 0.4 * x + 0.5 * x * y + 0.6 * second(x);
      expect(field.get(0, i, j)).toBeCloseTo(Math.exp(sum), 6);
    }
  });

  test("is the same for all channels, and leaves NaN as it is", () => {
    const field = biased(row([1, 1, 1, Number.NaN], [2, 2, 1]), 1, [0, 0, 1]);
    const [low, high] = [-1, 1].map((x) => Math.fround(Math.exp(x)));
    expect(valuesOf(field)).toEqual([low, high, low, Number.NaN]);
  });

  test("draws as many coefficients as there are products of the degree, evenly", async () => {
    const drawn = await drawnBy(randBiasField({ prob: 0.5, coeffRange: [-0.2, 0.4] }), { shape: [1, 1, 1, 1] });
    expectChance(drawn.length, drawCount, 0.5);
    for (const n of [0, 7, 19]) expectUniform(numbersAt(drawn, "coefficients", n), -0.2, 0.4);
    expect(() => numbersAt(drawn, "coefficients", 20)).toThrow("no number");
    expect([coefficientCount(3, 3), coefficientCount(3, 2), coefficientCount(1, 3)]).toEqual([20, 10, 4]);
  });

  test("gives fields of 2D and 3D the same draw", async () => {
    const items = [{ flat: ramp([1, 3, 3], "float32", 1), deep: ramp([1, 3, 3, 3], "float32", 1) }];
    const [item] = await Dataset.from(items)
      .pipe(randBiasField({ keys: ["flat", "deep"], prob: 1 }))
      .toArray();
    expect(item?.flat.get(0, 1, 1)).toBeGreaterThan(0);
    expect(valuesOf(item?.deep ?? row([])).every(Number.isFinite)).toBe(true);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([() => randBiasField({ degree: 0 }), () => randBiasField({ coeffRange: [1, 0] })]);
  });
});

optionSets("randBiasField", greyImages, [{ prob: 1 }]);
