import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randAffine } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

describe("randAffine", () => {
  const drawn = (volumes: readonly Volume[], name: string): number[][] =>
    volumes.flatMap(({ meta }) => (meta.applied ?? []).map(({ params }) => [params[name]].flat().map(Number)));

  test("draws each parameter evenly from its range", async () => {
    const items = Array.from({ length: drawCount }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = randAffine({
      prob: 0.7,
      rotateRange: [0.2, [0.5, 1]],
      shearRange: 0.1,
      translateRange: [3, 0, [-9, -8]],
      scaleRange: [0.25, [0, 1]],
      mode: "nearest",
    });
    const results: Volume[] = await Dataset.from(items, { seed: 4 }).pipe(operator).toArray();
    const ranges: Record<string, [number, number][]> = {
      rotateParams: [[-0.2, 0.2], [0.5, 1]],
      shearParams: [[-0.1, 0.1]],
      translateParams: [[-3, 3], [0, 0], [-9, -8]],
      scaleParams: [[0.75, 1.25], [1, 2]],
    }; // biome-ignore format: one a line
    for (const [name, expected] of Object.entries(ranges)) {
      const all = drawn(results, name);
      expect(Math.abs(all.length - 0.7 * drawCount)).toBeLessThan(5 * Math.sqrt(drawCount * 0.7 * 0.3));
      expect(new Set(all.map(({ length }) => length))).toEqual(new Set([expected.length]));
      for (const [n, [low, high]] of expected.entries()) {
        const values = all.map((each) => each[n] ?? Number.NaN);
        expect(
          values.every((value) => value >= low && value <= high),
          name,
        ).toBe(true);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const deviation = (high - low) / Math.sqrt(12 * values.length);
        expect(Math.abs(mean - (low + high) / 2), name).toBeLessThanOrEqual(5 * deviation + 1e-12);
      }
    }
  });

  test("transforms all fields of an item alike, each in its own mode", async () => {
    const picture = bump([6, 5, 4]);
    const items = Array.from({ length: 30 }, () => ({
      image: picture,
      label: ramp([1, 6, 5, 4], "int16").withAffine(picture.affine),
    }));
    const operator = randAffine({
      keys: ["image", "label"],
      prob: 0.5,
      rotateRange: [1],
      spatialSize: [5, -1, 6],
      mode: ["bilinear", "nearest"],
    });
    const results = await Dataset.from(items, { seed: 1 }).pipe(operator).toArray();
    for (const { image, label } of results) {
      expect([...image.affine]).toEqual([...label.affine]);
      expect([image.dtype, label.dtype, image.spatialShape]).toEqual(["float32", "int16", [5, 5, 6]]);
      expectSamePlaces(image, picture);
      expect(valuesOf(label).every((value) => Number.isInteger(value))).toBe(true);
    }
    expect(new Set(results.map(({ image }) => String(image.affine))).size).toBeGreaterThan(5);
  });

  test("brings what it does not transform to spatialSize, or leaves it", async () => {
    const image = bump([6, 6, 6]);
    const cut = await applied(image, randAffine({ prob: 0, rotateRange: 1, spatialSize: [4, 4, 4] }));
    expect(valuesOf(cut)).toEqual(valuesOf(image.crop([1, 1, 1], [5, 5, 5])));
    expectSamePlaces(cut, image);
    const label = ramp([1, 4, 4, 4], "uint8");
    expect(plain(await applied(label, randAffine({ prob: 0, mode: "nearest" })))).toEqual(plain(label));
    expect((await applied(label, randAffine({ prob: 0 }))).dtype).toBe("float32");
  });

  test("refuses ranges that cannot be meant when it is composed", () => {
    const wrong = [
      { scaleRange: [1] },
      { rotateRange: [[1, 0] as const] },
      { rotateRange: [1, 2, 3, 4] },
      { prob: -1 },
    ];
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => randAffine(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});
