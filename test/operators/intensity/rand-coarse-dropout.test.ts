import { describe, expect, test } from "vitest";
import { Dataset, type Dtype, Volume } from "voxrx";
import { randCoarseDropout } from "voxrx/operators";
import { droppedOut } from "../../../operators/intensity/rand-coarse-dropout.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import {
  drawnBy,
  expectChance,
  expectDistribution,
  expectEvenIntegers,
  expectRefused,
  numbersAt,
} from "./rand-drawn.ts";

const corner = { boxes: [{ start: [0, 0], end: [2, 1] }], seed: 1 };

const fill = (fillValue: number, dropoutHoles = true) => ({ fillValue, dropoutHoles });

describe("randCoarseDropout", () => {
  test("fills the boxes in all channels, or all around them", () => {
    const image = ramp([2, 3, 2], "int16");
    expect(valuesOf(droppedOut(image, corner, fill(-1)))).toEqual([-1, -1, 2, 3, 4, 5, -1, -1, 8, 9, 10, 11]);
    const kept = droppedOut(image, corner, fill(-1, false));
    expect(valuesOf(kept)).toEqual([0, 1, -1, -1, -1, -1, 6, 7, -1, -1, -1, -1]);
    expect(kept.dtype).toBe("int16");
  });

  test("fills with what was asked for, in a type that holds it", () => {
    const filled = (dtype: Dtype, fillValue: number | [number, number]) => {
      const result = droppedOut(ramp([1, 3, 2], dtype), corner, { dropoutHoles: true, fillValue });
      return [result.dtype, valuesOf(result).slice(0, 3)];
    };
    expect(filled("uint8", 7)).toEqual(["uint8", [7, 7, 2]]);
    expect(filled("uint8", -1)).toEqual(["float32", [-1, -1, 2]]);
    expect(filled("int16", 70_000)).toEqual(["float32", [70_000, 70_000, 2]]);
    expect(filled("int16", 0.5)).toEqual(["float32", [0.5, 0.5, 2]]);
    expect(filled("int32", 0.5)).toEqual(["float64", [0.5, 0.5, 2]]);
    expect(filled("uint8", [3, 3])).toEqual(["uint8", [3, 3, 2]]);
    const drawn = droppedOut(ramp([1, 3, 2], "uint8"), corner, { dropoutHoles: true, fillValue: [0, 1] });
    expect([drawn.dtype, valuesOf(drawn)[0] ?? 0]).toEqual(["float32", expect.closeTo(0.5, 0)]);
    expect(
      valuesOf(drawn)
        .slice(0, 2)
        .every((value) => value > 0 && value < 1),
    ).toBe(true);
    const own = droppedOut(ramp([1, 3, 2], "uint8"), corner, { dropoutHoles: true, fillValue: undefined });
    expect(own.dtype).toBe("uint8");
  });

  test("fills with values between those of the image, or of a range, evenly", () => {
    const image = new Volume({
      data: new Float32Array(10_000).map((_, n) => 5 + (n % 3)),
      shape: [1, 100, 100],
      layout: "x-fastest",
    });
    const whole = { boxes: [{ start: [0, 0], end: [100, 100] }], seed: 5 };
    const values = valuesOf(droppedOut(image, whole, { dropoutHoles: true, fillValue: undefined }));
    expectDistribution(values, (x) => (x - 5) / 2);
    const ranged = valuesOf(droppedOut(image, { boxes: [], seed: 5 }, { dropoutHoles: false, fillValue: [-1, 1] }));
    expectDistribution(ranged, (x) => (x + 1) / 2);
  });

  test("draws boxes inside of the image: number, sizes and places evenly", async () => {
    const operator = randCoarseDropout({
      holes: 2,
      maxHoles: 5,
      spatialSize: [2, 1],
      maxSpatialSize: [4, -1],
      fillValue: 0,
      prob: 0.5,
    });
    const drawn = await drawnBy(operator, { shape: [1, 6, 5] });
    expectChance(drawn.length, drawCount, 0.5);
    expectEvenIntegers(numbersAt(drawn, "boxes", "length"), 2, 5);
    for (const box of [0, 1]) {
      const [x, y] = [0, 1].map((axis) => numbersAt(drawn, "boxes", box, "start", axis));
      const [endX, endY] = [0, 1].map((axis) => numbersAt(drawn, "boxes", box, "end", axis));
      const width = endX?.map((end, n) => end - (x?.[n] ?? 0)) ?? [];
      const height = endY?.map((end, n) => end - (y?.[n] ?? 0)) ?? [];
      expectEvenIntegers(width, 2, 4);
      expectEvenIntegers(height, 1, 5);
      expect([...(x ?? []), ...(y ?? [])].every((start) => start >= 0)).toBe(true);
      expect(endX?.every((end) => end <= 6) && endY?.every((end) => end <= 5)).toBe(true);
      expectEvenIntegers(x?.filter((_, n) => width[n] === 3) ?? [], 0, 3);
    }
  });

  test("cuts boxes to the image, and takes it whole for -1 and 0", async () => {
    const operator = randCoarseDropout({ holes: 1, spatialSize: [9, -1, 0], fillValue: 7, prob: 1 });
    expect(new Set(valuesOf(await applied(ramp([1, 4, 3, 2]), operator)))).toEqual(new Set([7]));
  });

  test("drops the same boxes out of all fields of an item, which must agree in shape", async () => {
    const operator = randCoarseDropout({ keys: ["a", "b"], holes: 1, spatialSize: 2, fillValue: 99, prob: 1 });
    const [item] = await Dataset.from([{ a: ramp([1, 6, 6]), b: ramp([2, 6, 6], "uint8") }])
      .pipe(operator)
      .toArray();
    const holes = (volume: Volume | undefined) =>
      valuesOf(volume ?? ramp([1, 1, 1]))
        .slice(0, 36)
        .map((value) => value === 99);
    expect(holes(item?.a)).toEqual(holes(item?.b));
    expect(holes(item?.a).filter(Boolean)).toHaveLength(4);
    const unlike = Dataset.from([{ a: ramp([1, 6, 6]), b: ramp([1, 6, 5]) }]).pipe(operator);
    await expect(unlike.toArray()).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });

  test("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randCoarseDropout({ holes: 0, spatialSize: 2 }),
      () => randCoarseDropout({ holes: 3, maxHoles: 2, spatialSize: 2 }),
      () => randCoarseDropout({ holes: 1, spatialSize: 3, maxSpatialSize: 2 }),
      () => randCoarseDropout({ holes: 1, spatialSize: -1, maxSpatialSize: 2 }),
      () => randCoarseDropout({ holes: 1, spatialSize: 1.5 }),
      () => randCoarseDropout({ holes: 1, spatialSize: 1, fillValue: [2, 1] }),
    ]);
  });
});

optionSets("randCoarseDropout", greyImages, [{ prob: 1, holes: 2, spatialSize: 2, fillValue: 3 }]);
