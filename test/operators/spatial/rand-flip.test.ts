import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type Operator, type Volume } from "voxrx";
import { randFlip } from "voxrx/operators";
import { drawCount } from "../../support/long.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";

const forwards = [0, 1, 2, 3];
const backwards = [3, 2, 1, 0];

async function valuesAfter(operator: Operator<Volume, Volume>, count: number, seed = 0): Promise<number[][]> {
  const images = Array.from({ length: count }, () => ramp([1, 4, 1], "uint8"));
  const flipped: Volume[] = await Dataset.from(images, { seed }).pipe(operator).toArray();
  return flipped.map(valuesOf);
}

describe("randFlip", () => {
  test("flips as often as it is told", async () => {
    const values = await valuesAfter(randFlip({ prob: 0.3 }), drawCount);
    const flips = values.filter((each) => each[0] === 3).length;
    expect(Math.abs(flips - 0.3 * drawCount)).toBeLessThan(5 * Math.sqrt(drawCount * 0.3 * 0.7));
  });

  test("flips never with probability 0 and always with 1", async () => {
    expect(await valuesAfter(randFlip({ prob: 0 }), 3)).toEqual([forwards, forwards, forwards]);
    expect(await valuesAfter(randFlip({ prob: 1 }), 3)).toEqual([backwards, backwards, backwards]);
  });

  test("flips all fields of an item or none, as a view, and changes no input", async () => {
    const items = Array.from({ length: 50 }, () => ({ image: ramp([1, 4, 1]), label: ramp([1, 4, 1], "uint8") }));
    const before = items.map(({ image, label }) => [plain(image), plain(label)]);
    const operator = randFlip({ keys: ["image", "label"], prob: 0.5 });
    const flipped = await Dataset.from(items, { seed: 3 }).pipe(operator).toArray();
    for (const [n, { image, label }] of flipped.entries()) {
      expect(valuesOf(image)).toEqual(valuesOf(label));
      expect(image.storage).toBe(items[n]?.image.storage);
    }
    expect(new Set(flipped.map(({ image }) => image.get(0, 0, 0))).size).toBe(2);
    expect(items.map(({ image, label }) => [plain(image), plain(label)])).toEqual(before);
  });

  test("draws anew in every epoch, and the same for the same epoch", async () => {
    const images = Array.from({ length: 64 }, () => ramp([1, 4, 1]));
    const data = Dataset.from(images, { seed: 1 }).pipe(randFlip({ prob: 0.5 }));
    const first = (await data.epoch(0).toArray()).map(valuesOf);
    expect((await data.epoch(0).toArray()).map(valuesOf)).toEqual(first);
    expect((await data.epoch(1).toArray()).map(valuesOf)).not.toEqual(first);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    for (const options of [{ prob: 2 }, { spatialAxis: 3 }, { spatialAxis: [] }, { prop: 1 }]) {
      let caught: unknown;
      try {
        randFlip(options);
      } catch (error) {
        caught = error;
      }
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
