import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, originOf, Volume } from "voxrx";
import { randAdjustContrast, randGaussianSharpen, randGaussianSmooth, randShiftIntensity } from "voxrx/operators";
import { contrastAdjusted } from "../../../operators/intensity/adjust-contrast.ts";
import { sharpened } from "../../../operators/intensity/gaussian-sharpen.ts";
import { smoothed } from "../../../operators/intensity/gaussian-smooth.ts";
import { shiftedBy } from "../../../operators/intensity/shift-intensity.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";
import { drawnBy, expectChance, expectRefused, expectUniform, numbersAt, statistics } from "./rand-drawn.ts";

const row = (values: readonly number[], shape: readonly number[] = [1, values.length, 1]) =>
  new Volume({ data: Float32Array.from(values), shape, layout: "x-fastest" });
const near = (values: readonly number[], digits = 6) => values.map((value) => expect.closeTo(value, digits));

describe("randShiftIntensity", () => {
  it("adds to every channel its own, as float32", () => {
    const image = row([1, 2, 10, Number.NaN], [2, 2, 1]);
    expect(valuesOf(shiftedBy(image, [0.5], false))).toEqual([1.5, 2.5, 10.5, Number.NaN]);
    expect(valuesOf(shiftedBy(image, [0, -10], false))).toEqual([1, 2, 0, Number.NaN]);
    expect(shiftedBy(ramp([1, 2, 1], "uint8"), [300], false).dtype).toBe("float32");
  });

  it("keeps results within the range of an integer type if safe", () => {
    expect(valuesOf(shiftedBy(ramp([1, 2, 1], "uint8", 254), [1.5], true))).toEqual([255, 255]);
    expect(valuesOf(shiftedBy(ramp([1, 2, 1], "int8"), [-128.5], true))).toEqual([-128, -127.5]);
    expect(valuesOf(shiftedBy(ramp([1, 2, 1], "int32"), [-3e9], true))).toEqual([-(2 ** 31), -(2 ** 31)]);
    expect(valuesOf(shiftedBy(row([1, 2]), [1e6], true))).toEqual([1e6 + 1, 1e6 + 2]);
    expect(valuesOf(shiftedBy(ramp([1, 1, 1], "uint8", 254), [1.5], false))).toEqual([255.5]);
  });

  it("draws evenly: from -f to f, from a range, for each channel", async () => {
    const drawn = await drawnBy(randShiftIntensity({ offsets: 5, prob: 0.2 }));
    expectChance(drawn.length, 10_000, 0.2);
    expectUniform(numbersAt(drawn, "offsets", 0), -5, 5);
    const operator = randShiftIntensity({ offsets: [1, 3], prob: 1, channelWise: true });
    const each = await drawnBy(operator, { shape: [2, 1, 1] });
    for (const channel of [0, 1]) expectUniform(numbersAt(each, "offsets", channel), 1, 3);
    expectRefused([() => randShiftIntensity({ offsets: [1, 0] })]);
  });

  it("shifts all fields of an item alike, those with more channels too", async () => {
    const items = [{ image: row([0, 0, 0], [3, 1, 1]), other: row([0]) }];
    const operator = randShiftIntensity({ keys: ["other", "image"], offsets: 1, prob: 1, channelWise: true });
    const [item] = await Dataset.from(items).pipe(operator).toArray();
    expect(item?.image.get(0, 0, 0)).toBe(item?.other.get(0, 0, 0));
    expect(new Set(item && valuesOf(item.image)).size).toBe(3);
  });
});

describe("randAdjustContrast", () => {
  const squared = { gamma: 2, invertImage: false, retainStats: false };

  it("raises values between the least and the greatest to the power gamma", () => {
    const image = row([0, 1, 2, 5, 10, Number.NaN]);
    expect(valuesOf(contrastAdjusted(image, squared))).toEqual([...near([0, 0.1, 0.4, 2.5, 10], 5), Number.NaN]);
    const moved = row([-5, 0, 5]);
    expect(valuesOf(contrastAdjusted(moved, squared))).toEqual(near([-5, -2.5, 5], 5));
  });

  it("changes the negative if told", () => {
    const inverted = contrastAdjusted(row([0, 1, 5, 10]), { ...squared, invertImage: true });
    expect(valuesOf(inverted)).toEqual(near([0, 1.9, 7.5, 10], 5)); // 10 - (10 - x)^2 / 10
  });

  it("brings mean and deviation back if told", () => {
    const image = row([0, 1, 2, 5, 10, 3, 4, 4]);
    const changed = statistics(valuesOf(contrastAdjusted(image, { ...squared, retainStats: true })));
    const before = statistics(valuesOf(image));
    expect(changed.mean).toBeCloseTo(before.mean, 5);
    expect(changed.deviation).toBeCloseTo(before.deviation, 5);
  });

  it("leaves an image that is constant, or has no number, as it is", () => {
    for (const values of [
      [7, 7],
      [Number.NaN, Number.NaN],
    ]) {
      const image = row(values);
      expect(valuesOf(contrastAdjusted(image, { ...squared, retainStats: true }))).toEqual(values);
    }
  });

  it("draws gamma evenly: from 0.5 to one number, or from a range", async () => {
    const drawn = await drawnBy(randAdjustContrast({ prob: 0.4 }));
    expectChance(drawn.length, 10_000, 0.4);
    expectUniform(numbersAt(drawn, "gamma"), 0.5, 4.5);
    expectUniform(numbersAt(await drawnBy(randAdjustContrast({ prob: 1, gamma: 2 })), "gamma"), 0.5, 2);
    expectUniform(numbersAt(await drawnBy(randAdjustContrast({ prob: 1, gamma: [0.2, 0.3] })), "gamma"), 0.2, 0.3);
    expectRefused([
      () => randAdjustContrast({ gamma: 0.5 }),
      () => randAdjustContrast({ gamma: [0, 1] }),
      () => randAdjustContrast({ gamma: [2, 1] }),
    ]);
  });
});

describe("randGaussianSmooth", () => {
  it("weighs neighbours by the integral of a Gaussian over each voxel, with zeros around", () => {
    const impulse = row([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const half = [0.3829249, 0.2417303, 0.0605975, 0.0059771, 0.0002292]; // of the normal distribution
    const wanted = [...half.slice(1).reverse(), ...half];
    expect(valuesOf(smoothed(impulse, [1, 0]))).toEqual(near(wanted));
    expect(valuesOf(smoothed(row([1, 0, 0]), [1, 1]))).toEqual(
      near(
        half.slice(0, 3).map((w) => w * 0.3829249),
        5,
      ),
    );
  });

  it("draws a deviation for each axis evenly, and can be made again from what was drawn", async () => {
    const drawn = await drawnBy(randGaussianSmooth({ prob: 0.5, sigmaY: [2, 3] }), { shape: [1, 1, 1, 1] });
    expectChance(drawn.length, 10_000, 0.5);
    for (const axis of [0, 2]) expectUniform(numbersAt(drawn, "sigma", axis), 0.25, 1.5);
    expectUniform(numbersAt(drawn, "sigma", 1), 2, 3);
    const image = ramp([1, 5, 4, 3]);
    const result = await applied(image, randGaussianSmooth({ prob: 1 }));
    const draws = originOf(result)?.draws ?? [];
    const sigma = [0, 1, 2].flatMap((axis) => numbersAt(draws, "params", "sigma", axis));
    expect(plain(smoothed(image, sigma))).toEqual(plain(result));
  });

  it("does not depend on the order of samples in memory, and writes to no input", () => {
    fc.assert(
      fc.property(anyVolume, (volume) => {
        const before = plain(volume);
        const values = valuesOf(smoothed(volume, [0.5, 1, 2]));
        expect(valuesOf(smoothed(volume.toContiguous("z-fastest"), [0.5, 1, 2]))).toEqual(values);
        expect(plain(volume)).toEqual(before);
      }),
    );
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([() => randGaussianSmooth({ sigmaX: [1, 0.5] }), () => randGaussianSmooth({ sigmaZ: [-1, 0.5] })]);
  });
});

describe("randGaussianSharpen", () => {
  it("adds alpha times what smoothing the smoothed image again takes away", () => {
    const image = row([0, 3, 1, 9, 2, 0, 5]);
    const once = smoothed(image, [0.8, 0.6]);
    const twice = valuesOf(smoothed(once, [0.5, 0.4]));
    const wanted = valuesOf(once).map((value, n) => value + 10 * (value - (twice[n] ?? 0)));
    expect(valuesOf(sharpened(image, { sigma1: [0.8, 0.6], sigma2: [0.5, 0.4], alpha: 10 }))).toEqual(near(wanted, 5));
    const nothing = sharpened(image, { sigma1: [0, 0], sigma2: [0, 0], alpha: 30 });
    expect(valuesOf(nothing)).toEqual(valuesOf(image));
  });

  it("draws the second deviation from its number to the first that was drawn, or from its range", async () => {
    const operator = randGaussianSharpen({ prob: 0.6, sigma2Y: [0, 2], sigma2Z: 0.1 });
    const drawn = await drawnBy(operator, { shape: [1, 1, 1, 1] });
    expectChance(drawn.length, 10_000, 0.6);
    for (const axis of [0, 1, 2]) expectUniform(numbersAt(drawn, "sigma1", axis), 0.5, 1);
    expectUniform(numbersAt(drawn, "sigma2", 1), 0, 2);
    for (const [axis, low] of [[0, 0.5] as const, [2, 0.1] as const]) {
      const first = numbersAt(drawn, "sigma1", axis);
      const share = numbersAt(drawn, "sigma2", axis).map((sigma, n) => (sigma - low) / ((first[n] ?? 0) - low));
      expectUniform(share, 0, 1);
    }
    expectUniform(numbersAt(drawn, "alpha"), 10, 30);
  });

  it("refuses options that cannot be meant when it is composed", () => {
    expectRefused([
      () => randGaussianSharpen({ sigma2X: 0.7 }),
      () => randGaussianSharpen({ sigma1Z: [1, 0.5] }),
      () => randGaussianSharpen({ alpha: [3, 1] }),
    ]);
  });
});
