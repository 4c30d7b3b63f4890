import { describe, expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import { randWeightedCrop } from "voxrx/operators";
import { ramp, spelledOut } from "../../support/volumes.ts";
import { startOf } from "./marked-scan.ts";

describe("randWeightedCrop", () => {
  test("10,000 draws follow the weights among the places that a crop fits around", async () => {
    const weights = ramp([1, 6, 6, 6], "float32");
    weights.data.fill(0);
    const at = (x: number, y: number, z: number, w: number) => {
      weights.data[z + 6 * (y + 6 * x)] = w;
    };
    at(2, 2, 2, 1);
    at(3, 2, 2, 3);
    at(0, 0, 0, 100);
    const options = { keys: "image", wKey: "weights", spatialSize: 3, numSamples: 10_000 } as const;
    const crops = await Dataset.from([{ image: ramp([1, 6, 6, 6]), weights }])
      .pipe(randWeightedCrop(options))
      .toArray();
    const starts = crops.map(({ image }) => startOf(image, 6).join());
    expect(new Set(starts)).toEqual(new Set(["1,1,1", "2,1,1"]));
    expect(Math.abs(starts.filter((start) => start === "2,1,1").length - 7500)).toBeLessThan(200);
  });

  test("negative weights are raised; a map without weight, or not finite, is even", async () => {
    const places = async (fill: (i: number) => number) => {
      const weights = ramp([1, 4, 4, 4], "float32");
      for (let i = 0; i < 64; i++) weights.data[i] = fill(i);
      const options = { keys: "image", wKey: "weights", spatialSize: 1, numSamples: 600 } as const;
      const crops = await Dataset.from([{ image: ramp([1, 4, 4, 4]), weights }])
        .pipe(randWeightedCrop(options))
        .toArray();
      return new Set(crops.map(({ image }) => image.get(0, 0, 0, 0)));
    };
    expect((await places((i) => (i === 21 ? -1 : -2))).size).toBe(1);
    // MONAI's places: the last one on each axis is left out.
    for (const even of [0, Number.NaN, Number.POSITIVE_INFINITY]) expect((await places(() => even)).size).toBe(27);
  });

  test("draws what weights in any layout say", async () => {
    const image = ramp([1, 5, 6, 7]);
    const weights = ramp([1, 5, 6, 7], "float32", 1);
    const options = { keys: "image", wKey: "weights", spatialSize: 2, numSamples: 8 } as const;
    const run = (map: Volume) =>
      Dataset.from([{ image, weights: map }])
        .pipe(randWeightedCrop(options))
        .toArray();
    const plain = await run(weights);
    const turned = await run(weights.toContiguous("z-fastest"));
    expect(turned.map((one) => spelledOut(one.image))).toEqual(plain.map((one) => spelledOut(one.image)));
  });
});
