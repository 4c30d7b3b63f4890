import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randRotate } from "voxrx/operators";
import { applyAffine, invertAffine } from "../../../src/volume/affine-matrix.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";
import { ramp } from "../../support/volumes.ts";
import { bump } from "./resampled.ts";

describe("randRotate", () => {
  test("turns all fields of an item by the same angles", async () => {
    const picture = bump([6, 5, 4]);
    const items = Array.from({ length: 40 }, () => ({
      image: picture,
      label: ramp([1, 6, 5, 4], "uint8").withAffine(picture.affine),
    }));
    const operator = randRotate({ keys: ["image", "label"], rangeZ: 1, prob: 0.5, mode: ["bilinear", "nearest"] });
    const turned = await Dataset.from(items, { seed: 5 }).pipe(operator).toArray();
    for (const item of turned) {
      expect([...item.image.affine]).toEqual([...item.label.affine]);
      expect([item.image.dtype, item.label.dtype]).toEqual(["float32", "uint8"]);
    }
    const affines = new Set(turned.map((item) => String(item.image.affine)));
    expect(affines.size).toBeGreaterThan(10);
    expect(affines.size).toBeLessThan(32);
  });

  test("draws angles evenly from their ranges", async () => {
    const items = Array.from({ length: drawCount }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = randRotate({ rangeX: 0.5, rangeY: [0.1, 0.3], prob: 0.8, mode: "nearest" });
    const turned: Volume[] = await Dataset.from(items, { seed: 2 }).pipe(operator).toArray();
    const angles = turned.flatMap(({ meta }) =>
      (meta.applied ?? []).map(({ params }) => [params.angle].flat().map(Number)),
    );
    expect(Math.abs(angles.length - 0.8 * drawCount)).toBeLessThan(5 * Math.sqrt(drawCount * 0.8 * 0.2));
    const means = [0, 1, 2].map((axis) => angles.reduce((sum, each) => sum + (each[axis] ?? 0), 0) / angles.length);
    expect(Math.abs(means[0] ?? 1)).toBeLessThan((5 * 1) / Math.sqrt(12 * angles.length));
    expect(Math.abs((means[1] ?? 1) - 0.2)).toBeLessThan((5 * 0.2) / Math.sqrt(12 * angles.length));
    expect(angles.every(([x = 9, y = 9, z = 9]) => Math.abs(x) <= 0.5 && y >= 0.1 && y <= 0.3 && z === 0)).toBe(true);
    const outer = angles.filter(([x = 0]) => Math.abs(x) > 0.25).length;
    expect(Math.abs(outer - angles.length / 2)).toBeLessThan(5 * Math.sqrt(angles.length / 4));
  });

  test("takes the first angle for 2D images", async () => {
    const operator = randRotate({ rangeX: [0.4, 0.4], rangeZ: 2, prob: 1 });
    const turned = await applied(ramp([1, 5, 4]), operator);
    const inverse = invertAffine(turned.affine);
    expect(turned.affine[0]).toBeCloseTo(Math.cos(0.4), 12);
    expect(inverse && applyAffine(inverse, [2, 1.5, 0])).toEqual([2, 1.5, 0].map((at) => expect.closeTo(at, 12)));
  });

  test("refuses ranges that cannot be meant when it is composed", () => {
    for (const options of [{ rangeX: [2, 1] as const }, { prob: 1.5 }, { rangeY: Number.POSITIVE_INFINITY }]) {
      expect(
        isVoxRxError(
          attempt(() => randRotate(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});
