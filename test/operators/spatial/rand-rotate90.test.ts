import { describe, expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import { randRotate90 } from "voxrx/operators";
import { drawCount } from "../../support/long.ts";
import { ramp } from "../../support/volumes.ts";

describe("randRotate90", () => {
  const images = Array.from({ length: drawCount }, () => ramp([1, 2, 2, 2], "uint8"));
  const allowed = (share: number) => 5 * Math.sqrt(drawCount * share * (1 - share));

  test("of randRotate90 are even among the turns", async () => {
    const turned: Volume[] = await Dataset.from(images, { seed: 2 })
      .pipe(randRotate90({ prob: 0.6 }))
      .toArray();
    const turns = turned.map(({ meta }) => Number(meta.applied?.[0]?.params.k ?? 0));
    for (const [k, share] of [0.4, 0.2, 0.2, 0.2].entries()) {
      const count = turns.filter((each) => each === k).length;
      expect(Math.abs(count - drawCount * share), `${k} turns came ${count} times`).toBeLessThan(allowed(share));
    }
  });
});
