import { describe, expect, test } from "vitest";
import { isVoxRxError, type Volume } from "voxrx";
import { rotate90 } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { plain, ramp } from "../../support/volumes.ts";

/** The rows of a 2D image, x down and y across. */
function rows(volume: Volume): (number | undefined)[][] {
  const [nx = 0, ny = 0] = volume.spatialShape;
  return Array.from({ length: nx }, (_, x) => Array.from({ length: ny }, (__, y) => volume.get(0, x, y)));
}

const grid = ramp([1, 3, 2]).permute([1, 0]);

describe("rotate90", () => {
  test("turns as NumPy's rot90", async () => {
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

  test("done four times, or by k and -k, is nothing done", async () => {
    const image = ramp([1, 2, 3, 4]);
    const same = { ...Object(plain(image)), meta: {} };
    const turn = rotate90({ spatialAxes: [2, 0] });
    expect({ ...Object(plain(await applied(image, turn, turn, turn, turn))), meta: {} }).toEqual(same);
    const back = await applied(image, rotate90({ k: 3 }), rotate90({ k: -3 }));
    expect({ ...Object(plain(back)), meta: {} }).toEqual(same);
    expect(back.storage).toBe(image.storage);
  });

  test("refuses a plane of one axis when it is composed", () => {
    let caught: unknown;
    try {
      rotate90({ spatialAxes: [1, 1] });
    } catch (error) {
      caught = error;
    }
    expect(isVoxRxError(caught, "VOXRX_BAD_OPTION")).toBe(true);
  });
});

monaiCases("rotate90", {
  call(operation) {
    if (operation === "rotate90") return rotate90();
    return operation === "rotate90_3" ? rotate90({ k: 3, spatialAxes: [1, 2] }) : undefined;
  },
  row: ({ k }) => rotate90({ k: Number(k), spatialAxes: [0, 2] }),
});
