import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randZoom, zoom } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

/** Holds draws against an even distribution: range, and counts in ten bins to five standard deviations. */
function expectEven(values: readonly number[], low: number, high: number): void {
  expect(values.every((value) => value >= low && value < high)).toBe(true);
  const bins = new Array<number>(10).fill(0);
  for (const value of values) {
    const bin = Math.min(9, Math.floor(((value - low) / (high - low)) * 10));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const allowed = 5 * Math.sqrt(values.length * 0.1 * 0.9);
  for (const count of bins) expect(Math.abs(count - values.length / 10)).toBeLessThan(allowed);
}

describe("randZoom", () => {
  const drawn = (volume: Volume): number[] | undefined =>
    volume.meta.applied?.map(({ params }) => [params.zoom].flat().map(Number))[0];

  test("draws each factor evenly from its range", async () => {
    const items = Array.from({ length: drawCount }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = randZoom({ prob: 0.7, minZoom: [0.8, 1, 0.5], maxZoom: [1.2, 1, 0.6], mode: "nearest" });
    const results: Volume[] = await Dataset.from(items, { seed: 3 }).pipe(operator).toArray();
    const all = results.flatMap((volume) => [drawn(volume) ?? []]).filter(({ length }) => length > 0);
    expect(Math.abs(all.length - 0.7 * drawCount)).toBeLessThan(5 * Math.sqrt(drawCount * 0.7 * 0.3));
    expectEven(
      all.map(([x]) => x ?? Number.NaN),
      0.8,
      1.2,
    );
    expectEven(
      all.map(([, , z]) => z ?? Number.NaN),
      0.5,
      0.6,
    );
    expect(all.every(([, y]) => y === 1)).toBe(true);
  });

  test("shares one draw between all axes, and of two the first between x and y", async () => {
    const items = Array.from({ length: 50 }, () => ramp([1, 2, 2, 2]));
    const draws = async (range: object) => {
      const results: Volume[] = await Dataset.from(items, { seed: 1 })
        .pipe(randZoom({ prob: 1, ...range }))
        .toArray();
      return results.map((volume) => drawn(volume) ?? []);
    };
    for (const [x, y, z] of await draws({})) expect([y, z, x && x >= 0.9 && x < 1.1]).toEqual([x, x, true]);
    for (const [x, y, z] of await draws({ minZoom: [0.5, 2], maxZoom: [0.6, 3] })) {
      expect([y, x && x < 0.6, z && z >= 2]).toEqual([x, true, true]);
    }
    const failed = applied(ramp([1, 2, 2]), randZoom({ prob: 1, minZoom: [1, 1, 1], maxZoom: [1, 1, 1] }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "randZoom" });
  });

  test("zooms all fields of an item alike, each in its own mode, as zoom does", async () => {
    const items = Array.from({ length: 30 }, () => ({
      image: ramp([1, 6, 5, 4], "int16"),
      label: ramp([1, 6, 5, 4], "int16"),
    }));
    const more = { mode: ["trilinear", "nearest"] as const, paddingMode: ["edge", "constant"] as const };
    const operator = randZoom({ keys: ["image", "label"], prob: 0.5, minZoom: 0.5, maxZoom: 2, ...more });
    const results = await Dataset.from(items, { seed: 2 }).pipe(operator).toArray();
    for (const { image: picture, label } of results) {
      expect([...picture.affine]).toEqual([...label.affine]);
      expect([picture.dtype, label.dtype, picture.spatialShape]).toEqual(["float32", "int16", [6, 5, 4]]);
      const factors = drawn(label);
      if (!factors) continue;
      const again = await applied(ramp([1, 6, 5, 4]), zoom({ zoom: factors, mode: "trilinear" }));
      expect(valuesOf(picture)).toEqual(valuesOf(again));
    }
    expect(new Set(results.map(({ image: { affine } }) => String(affine))).size).toBeGreaterThan(5);
  });

  test("refuses ranges that cannot be meant when it is composed", () => {
    const wrong = [
      { minZoom: 0 },
      { minZoom: 1.2 },
      { minZoom: [0.9, 0.9] },
      { minZoom: [0.9, 1.2], maxZoom: [1, 1] },
      { prob: 2 },
      { alignCorners: true },
    ];
    for (const options of wrong) {
      const failure = attempt(() => randZoom(options));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
