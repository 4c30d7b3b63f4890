import { describe, expect, test } from "vitest";
import { adjustContrast } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { valuesAfter } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { expectNear } from "../../support/near.ts";
import { line, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

const zeroToTen = line(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

describe("adjustContrast", () => {
  test("raises the image to a power between its least and greatest value", async () => {
    const squared = zeroToTen.storage.map((x) => (x * x) / 10);
    expectNear(await valuesAfter(zeroToTen, adjustContrast({ gamma: 2 })), Array.from(squared));
    expectNear(await valuesAfter(zeroToTen, adjustContrast({ gamma: 1 })), valuesOf(zeroToTen));
    const rooted = await valuesAfter(zeroToTen, adjustContrast({ gamma: 0.5 }));
    expectNear(
      rooted,
      Array.from(zeroToTen.storage, (x) => Math.sqrt(x / 10) * 10),
    );
    const inverted = await valuesAfter(zeroToTen, adjustContrast({ gamma: 2, invertImage: true }));
    expectNear(
      inverted,
      Array.from(zeroToTen.storage, (x) => 10 - ((10 - x) * (10 - x)) / 10),
    );
  });

  test("brings mean and deviation back if asked; a constant image stays; NaN stays", async () => {
    const kept = await valuesAfter(zeroToTen, adjustContrast({ gamma: 3, retainStats: true }));
    expect(kept.reduce((sum, x) => sum + x, 0) / 11).toBeCloseTo(5, 4);
    expect(Math.sqrt(kept.reduce((sum, x) => sum + (x - 5) ** 2, 0) / 11)).toBeCloseTo(Math.sqrt(10), 4);
    expect(await valuesAfter(line(7, 7, 7), adjustContrast({ gamma: 2 }))).toEqual([7, 7, 7]);
    const [first, second, third] = await valuesAfter(line(0, Number.NaN, 2), adjustContrast({ gamma: 2 }));
    expect([first, second]).toEqual([0, Number.NaN]);
    expect(third).toBeCloseTo(2, 5);
    expect(() => adjustContrast({ gamma: 0 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });
});

monaiCases("adjustContrast", { row: ({ gamma }) => adjustContrast({ gamma: Number(gamma) }) });

optionSets("adjustContrast", greyImages, [{ gamma: 2 }, { gamma: 0.5, invertImage: true, retainStats: true }]);
