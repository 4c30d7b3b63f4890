import { describe, expect, test } from "vitest";
import { isVoxRxError, type Volume } from "voxrx";
import { scaleIntensityRange } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied } from "../../support/applied.ts";
import { monaiCases, numberIn } from "../../support/monai-cases.ts";
import { attempt } from "../../support/thrown.ts";
import { ramp, row, valuesOf } from "../../support/volumes.ts";
import { greyImages } from "./grey-images.ts";

describe("scaleIntensityRange", () => {
  const window = { aMin: -57, aMax: 164, bMin: 0, bMax: 1 };

  test("gives MONAI's values for a CT window", async () => {
    const image = row([-100, -57, 0, 53.5, 164, 300]);
    const clipped = valuesOf(await applied(image, scaleIntensityRange({ ...window, clip: true })));
    for (const [n, value] of [0, 0, 0.257919, 0.5, 1, 1].entries()) expect(clipped[n]).toBeCloseTo(value, 6);
    const open = valuesOf(await applied(image, scaleIntensityRange(window)));
    expect(open[0]).toBeCloseTo(-0.19457, 5);
    expect(open[5]).toBeCloseTo(1.615385, 5);
  });

  test("does to a view what it does to a copy of it, in the order of the view's memory", async () => {
    const view = ramp([2, 3, 4, 5], "int16").flip([0, 2]).permute([2, 0, 1]).crop([1, 0, 1], [4, 3, 3]);
    const operator = scaleIntensityRange({ aMin: 0, aMax: 50 });
    const direct = await applied(view, operator);
    expect(valuesOf(direct)).toEqual(valuesOf(await applied(view.toContiguous("z-fastest"), operator)));
    const order = (volume: Volume) =>
      [1, 2, 3].sort((a, b) => Math.abs(volume.strides[a] ?? 0) - Math.abs(volume.strides[b] ?? 0));
    expect(order(direct)).toEqual(order(view));
    expect(direct.storage).toHaveLength(direct.size);
  });

  test("subtracts a range without width, as MONAI does", async () => {
    expect(valuesOf(await applied(row([5, 7]), scaleIntensityRange({ aMin: 5, aMax: 5, bMin: 1, bMax: 2 })))).toEqual([
      1, 3,
    ]);
  });

  test("refuses clip without a bound, and what is no number, when it is composed", () => {
    const wrong = [
      { aMin: 0, aMax: 1, clip: true },
      { aMin: Number.NaN, aMax: 1 },
      { aMin: 0, aMax: 1, bMin: 2, bMax: 1, clip: true },
    ];
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => scaleIntensityRange(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});

monaiCases("scaleIntensityRange", {
  call(operation, call) {
    if (operation !== "range_clip" && operation !== "range_noclip") return undefined;
    const [aMin, aMax] = [numberIn(call, "a_min"), numberIn(call, "a_max")];
    const [bMin, bMax] = [numberIn(call, "b_min"), numberIn(call, "b_max")];
    return scaleIntensityRange({ aMin, aMax, bMin, bMax, clip: operation === "range_clip" });
  },
  row({ aMin, aMax, bMin, bMax, clip }) {
    const range = { aMin: Number(aMin), aMax: Number(aMax), bMin: Number(bMin), bMax: Number(bMax) };
    return scaleIntensityRange({ ...range, clip: clip === true });
  },
});

optionSets("scaleIntensityRange", greyImages, [
  { aMin: -30, aMax: 70 },
  { aMin: 0, aMax: 50, bMax: 0.5, clip: true },
  { aMin: 5, aMax: 5, bMin: 1 },
]);
