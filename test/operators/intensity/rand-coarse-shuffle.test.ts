import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import { randCoarseShuffle } from "voxrx/operators";
import { droppedOut } from "../../../operators/intensity/rand-coarse-dropout.ts";
import { shuffled } from "../../../operators/intensity/rand-coarse-shuffle.ts";
import { optionSets } from "../../conformance/option-sets.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";
import { expectChance } from "./rand-drawn.ts";

describe("randCoarseShuffle", () => {
  test("keeps the values of every box and channel, and all others where they are", () => {
    const image = ramp([2, 4, 3, 2], "uint8");
    const holes = { boxes: [{ start: [1, 0, 0], end: [4, 2, 2] }], seed: 3 };
    const result = shuffled(image, holes);
    const inside = (n: number) => n % 4 >= 1 && Math.floor(n / 4) % 3 < 2;
    const [before, after] = [valuesOf(image), valuesOf(result)];
    for (const channel of [0, 1]) {
      const of = (values: number[]) => values.slice(24 * channel, 24 * channel + 24);
      const [old, now] = [of(before), of(after)];
      expect(now.filter((_, n) => !inside(n))).toEqual(old.filter((_, n) => !inside(n)));
      expect(now.filter((_, n) => inside(n)).sort((a, b) => a - b)).toEqual(old.filter((_, n) => inside(n)));
      expect(now).not.toEqual(old);
    }
    expect(after.slice(24).map((value) => value - 24)).not.toEqual(after.slice(0, 24));
    expect(result.dtype).toBe("uint8");
  });

  test("of one channel of an image changes no value of that image", () => {
    const image = ramp([2, 4, 3, 2], "uint8");
    const before = valuesOf(image);
    const whole = { boxes: [{ start: [0, 0, 0], end: [4, 3, 2] }], seed: 3 };
    expect(valuesOf(shuffled(image.selectChannels(1, 2), whole))).not.toEqual(before.slice(24));
    expect(valuesOf(image)).toEqual(before);
  });

  test("gives every order of three voxels as often as the others", async () => {
    const images = Array.from({ length: 6000 }, () => ramp([1, 3, 1]));
    const operator = randCoarseShuffle({ holes: 1, spatialSize: -1, prob: 1 });
    const results: Volume[] = await Dataset.from(images, { seed: 2 }).pipe(operator).toArray();
    const orders = results.map((result) => valuesOf(result).join());
    expect(new Set(orders).size).toBe(6);
    for (const order of new Set(orders)) expectChance(orders.filter((each) => each === order).length, 6000, 1 / 6);
  });

  test("does not depend on the order of samples in memory, and writes to no input", () => {
    fc.assert(
      fc.property(anyVolume, fc.integer({ min: 0 }), (volume, seed) => {
        const before = plain(volume);
        const end = volume.spatialShape;
        const holes = { boxes: [{ start: end.map(() => 0), end }], seed };
        const twin = volume.toContiguous("z-fastest");
        expect(valuesOf(shuffled(twin, holes))).toEqual(valuesOf(shuffled(volume, holes)));
        const filled = { dropoutHoles: true, fillValue: undefined };
        expect(valuesOf(droppedOut(twin, holes, filled))).toEqual(valuesOf(droppedOut(volume, holes, filled)));
        expect([plain(volume), plain(twin)]).toEqual([before, before]);
      }),
    );
  });

  test("shuffles all fields of an item alike, with probability prob", async () => {
    const items = Array.from({ length: 400 }, () => ({ image: ramp([1, 4, 4]), label: ramp([1, 4, 4], "uint8") }));
    const operator = randCoarseShuffle({ keys: ["image", "label"], holes: 2, spatialSize: 3, prob: 0.25 });
    const results = await Dataset.from(items).pipe(operator).toArray();
    for (const { image, label } of results) expect(valuesOf(image)).toEqual(valuesOf(label));
    const changed = results.filter(({ image }) => valuesOf(image).some((value, n) => value !== n));
    expectChance(changed.length, 400, 0.25);
  });
});

optionSets("randCoarseShuffle", greyImages, [{ prob: 1, holes: 2, spatialSize: 2 }]);
