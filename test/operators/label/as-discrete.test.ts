import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { asDiscrete } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { applied, valuesAfter } from "../../support/applied.ts";
import { line, ramp, valuesOf } from "../../support/volumes.ts";
import { label } from "./small-labels.ts";
import { anyLabels, classLabels, scores } from "./typed-labels.ts";

describe("asDiscrete", () => {
  test("gives MONAI's results: greatest channel, threshold, halves to even", async () => {
    const scores = new Volume({ data: Float32Array.of(0.1, 0.8, 0.9, 0.2), shape: [2, 2, 1], layout: "x-fastest" });
    const labels = await applied(scores, asDiscrete({ argmax: true }));
    expect([valuesOf(labels), labels.shape, labels.dtype]).toEqual([[1, 0], [1, 2, 1], "float32"]);
    expect(await valuesAfter(line(0.1, 0.5, 0.9), asDiscrete({ threshold: 0.5 }))).toEqual([0, 1, 1]);
    // As in torch, a float32 of 0.7 is at least 0.7.
    expect(await valuesAfter(line(0.7, 0.699999), asDiscrete({ threshold: 0.7 }))).toEqual([1, 0]);
    expect(await valuesAfter(line(0.5, 1.5, 2.5, -0.5, 2.6), asDiscrete({ rounding: "torchrounding" }))).toEqual([
      0, 2, 2, 0, 3,
    ]);
  });

  test("does all that is asked in order, ties to the first channel, and NaN never wins", async () => {
    const scores = new Volume({
      data: Float32Array.of(1, Number.NaN, 5, Number.NaN, 1, 2, Number.NaN, Number.NaN),
      shape: [2, 4, 1],
      layout: "x-fastest",
    });
    const hot = await applied(scores, asDiscrete({ argmax: true, toOnehot: 3, dtype: "uint8" }));
    expect([hot.shape, hot.dtype]).toEqual([[3, 4, 1], "uint8"]);
    expect(valuesOf(hot)).toEqual([1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  test("refuses labels that are no class, naming the value", async () => {
    await expect(valuesAfter(label(0, 3), asDiscrete({ toOnehot: 3 }))).rejects.toMatchObject({
      code: "VOXRX_BAD_LABEL",
      fault: expect.stringContaining("3"),
    });
    for (const wrong of [label(0, -1), line(0.5, 1)]) {
      await expect(valuesAfter(wrong, asDiscrete({ toOnehot: 3 }))).rejects.toMatchObject({ code: "VOXRX_BAD_LABEL" });
    }
    await expect(valuesAfter(ramp([2, 2, 2]), asDiscrete({ toOnehot: 9 }))).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
    });
  });

  test("refuses more classes than fit into memory", async () => {
    const wide = new Volume({ data: new Uint8Array(2 ** 15), shape: [1, 2 ** 15, 1] });
    await expect(applied(wide, asDiscrete({ toOnehot: 65_536 }))).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  });

  test("one-hot and back is the label", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 }), async (values) => {
        const hot = await applied(label(...values), asDiscrete({ toOnehot: 5 }));
        expect(await valuesAfter(hot, asDiscrete({ argmax: true }))).toEqual(values);
      }),
    );
  });
});

optionSets("asDiscrete", anyLabels, [
  { threshold: 0.1 },
  { threshold: 0.3, dtype: "uint8" },
  { rounding: "torchrounding" },
  { rounding: "torchrounding", dtype: "int16" },
  { dtype: "float64" },
]);

optionSets("asDiscrete", classLabels, [{ toOnehot: 5 }]);

optionSets("asDiscrete", scores, [
  { argmax: true, dtype: "uint8" },
  { argmax: true, toOnehot: 3 },
]);
