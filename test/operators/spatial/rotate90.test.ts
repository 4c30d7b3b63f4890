import { describe, expect, it } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { randAxisFlip, randRotate90, rotate90 } from "voxrx/operators";
import { plain, ramp } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

/** The rows of a 2D image, x down and y across. */
function rows(volume: Volume): (number | undefined)[][] {
  const [nx = 0, ny = 0] = volume.spatialShape;
  return Array.from({ length: nx }, (_, x) => Array.from({ length: ny }, (__, y) => volume.get(0, x, y)));
}

const grid = ramp([1, 3, 2]).permute([1, 0]);

describe("rotate90", () => {
  it("turns as NumPy's rot90", async () => {
    expect(rows(grid)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(rows(await applied(grid, rotate90()))).toEqual([
      [2, 5],
      [1, 4],
      [0, 3],
    ]);
  });

  it("done four times, or by k and -k, is nothing done", async () => {
    const image = ramp([1, 2, 3, 4]);
    const same = { ...Object(plain(image)), meta: {} };
    const turn = rotate90({ spatialAxes: [2, 0] });
    expect({ ...Object(plain(await applied(image, turn, turn, turn, turn))), meta: {} }).toEqual(same);
    const back = await applied(image, rotate90({ k: 3 }), rotate90({ k: -3 }));
    expect({ ...Object(plain(back)), meta: {} }).toEqual(same);
    expect(back.storage).toBe(image.storage);
  });

  it("refuses a plane of one axis when it is composed", () => {
    let caught: unknown;
    try {
      rotate90({ spatialAxes: [1, 1] });
    } catch (error) {
      caught = error;
    }
    expect(isVoxRxError(caught, "VOXRX_BAD_OPTION")).toBe(true);
  });
});

describe("draws over 10,000 items", () => {
  const images = Array.from({ length: 10_000 }, () => ramp([1, 2, 2, 2], "uint8"));
  const allowed = (share: number) => 5 * Math.sqrt(10_000 * share * (1 - share));

  it("of randRotate90 are even among the turns", async () => {
    const turned: Volume[] = await Dataset.from(images, { seed: 2 })
      .pipe(randRotate90({ prob: 0.6 }))
      .toArray();
    const turns = turned.map(({ meta }) => Number(meta.applied?.[0]?.params.k ?? 0));
    for (const [k, share] of [0.4, 0.2, 0.2, 0.2].entries()) {
      const count = turns.filter((each) => each === k).length;
      expect(Math.abs(count - 10_000 * share), `${k} turns came ${count} times`).toBeLessThan(allowed(share));
    }
  });

  it("of randAxisFlip are even among the axes", async () => {
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
      expect(Math.abs(count - 10_000 * share), `${value} came first ${count} times`).toBeLessThan(allowed(share));
    }
  });
});
