import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { scaleIntensity, scaleIntensityRange } from "voxrx/operators";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";

const row = (values: readonly number[]) =>
  new Volume({ data: Float32Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });

describe("scaleIntensity", () => {
  it("runs from minv to maxv", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const before = plain(volume);
        const scaled = await applied(volume, scaleIntensity({ minv: -1, maxv: 3 }));
        const values = valuesOf(scaled);
        expect(scaled.dtype).toBe("float32");
        expect(Math.min(...values)).toBe(-1);
        expect(Math.max(...values)).toBeCloseTo(values.length > 1 ? 3 : -1, 6);
        expect(plain(volume)).toEqual(before);
        expect([scaled.shape, scaled.affine]).toEqual([volume.shape, volume.affine]);
      }),
    );
  });

  it("makes a constant image minv", async () => {
    expect(valuesOf(await applied(row([7, 7]), scaleIntensity({ minv: -1, maxv: 1 })))).toEqual([-1, -1]);
  });

  it("scales each channel by itself if told", async () => {
    const image = new Volume({ data: Float32Array.of(0, 1, 10, 30), shape: [2, 2, 1], layout: "x-fastest" });
    expect(valuesOf(await applied(image, scaleIntensity({ channelWise: true })))).toEqual([0, 1, 0, 1]);
    expect(valuesOf(await applied(image, scaleIntensity({ maxv: 30 })))).toEqual([0, 1, 10, 30]);
  });

  it("multiplies by 1 + factor", async () => {
    expect(valuesOf(await applied(row([-2, 0, 4]), scaleIntensity({ factor: 0.5 })))).toEqual([-3, 0, 6]);
  });

  it("leaves NaN out of the range and as it is", async () => {
    expect(valuesOf(await applied(row([0, Number.NaN, 4, 1]), scaleIntensity()))).toEqual([0, Number.NaN, 1, 0.25]);
  });

  it("refuses options that cannot be meant when it is composed", () => {
    for (const options of [{ factor: 1, minv: 0 }, { minv: Number.NaN }, { max: 1 }]) {
      expect(
        isVoxRxError(
          attempt(() => scaleIntensity(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });
});

describe("scaleIntensityRange", () => {
  const window = { aMin: -57, aMax: 164, bMin: 0, bMax: 1 };

  it("gives MONAI's values for a CT window", async () => {
    const image = row([-100, -57, 0, 53.5, 164, 300]);
    const clipped = valuesOf(await applied(image, scaleIntensityRange({ ...window, clip: true })));
    for (const [n, value] of [0, 0, 0.257919, 0.5, 1, 1].entries()) expect(clipped[n]).toBeCloseTo(value, 6);
    const open = valuesOf(await applied(image, scaleIntensityRange(window)));
    expect(open[0]).toBeCloseTo(-0.19457, 5);
    expect(open[5]).toBeCloseTo(1.615385, 5);
  });

  it("does to a view what it does to a copy of it, in the order of the view's memory", async () => {
    const view = ramp([2, 3, 4, 5], "int16").flip([0, 2]).permute([2, 0, 1]).crop([1, 0, 1], [4, 3, 3]);
    const operator = scaleIntensityRange({ aMin: 0, aMax: 50 });
    const direct = await applied(view, operator);
    expect(valuesOf(direct)).toEqual(valuesOf(await applied(view.toContiguous("z-fastest"), operator)));
    const order = (volume: Volume) =>
      [1, 2, 3].sort((a, b) => Math.abs(volume.strides[a] ?? 0) - Math.abs(volume.strides[b] ?? 0));
    expect(order(direct)).toEqual(order(view));
    expect(direct.storage).toHaveLength(direct.size);
  });

  it("subtracts a range without width, as MONAI does", async () => {
    expect(valuesOf(await applied(row([5, 7]), scaleIntensityRange({ aMin: 5, aMax: 5, bMin: 1, bMax: 2 })))).toEqual([
      1, 3,
    ]);
  });

  it("refuses clip without a bound, and what is no number, when it is composed", () => {
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

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (caught) {
    return caught;
  }
}
