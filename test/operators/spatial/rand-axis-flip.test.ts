import { describe, expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import { randAxisFlip } from "voxrx/operators";
import { drawCount } from "../../support/long.ts";
import { ramp } from "../../support/volumes.ts";

describe("randAxisFlip", () => {
  const images = Array.from({ length: drawCount }, () => ramp([1, 2, 2, 2], "uint8"));
  const allowed = (share: number) => 5 * Math.sqrt(drawCount * share * (1 - share));

  test("of randAxisFlip are even among the axes", async () => {
    const flipped: Volume[] = await Dataset.from(images, { seed: 2 })
      .pipe(randAxisFlip({ prob: 0.6 }))
      .toArray();
    const first = flipped.map((volume) => volume.get(0, 0, 0, 0));
    for (const [value, share] of [
      [0, 0.4],
      [1, 0.2],
      [2, 0.2],
      [4, 0.2],
    ] as const) {
      const count = first.filter((each) => each === value).length;
      expect(Math.abs(count - drawCount * share), `${value} came first ${count} times`).toBeLessThan(allowed(share));
    }
  });
});
