import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Operator, Volume } from "voxrx";
import {
  activations,
  asDiscrete,
  distanceTransformEDT,
  labelFilter,
  labelToContour,
  labelToMask,
  mapLabelValue,
} from "voxrx/operators";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";
import { anyLabel, anyMask } from "./flooded.ts";

const run = async (volume: Volume, operator: Operator<Volume, Volume>) => valuesOf(await applied(volume, operator));
const line = (...values: number[]) =>
  new Volume({ data: Float32Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });
const label = (...values: number[]) =>
  new Volume({ data: Int16Array.from(values), shape: [1, values.length, 1], layout: "x-fastest" });

describe("asDiscrete", () => {
  test("gives MONAI's results: greatest channel, threshold, halves to even", async () => {
    const scores = new Volume({ data: Float32Array.of(0.1, 0.8, 0.9, 0.2), shape: [2, 2, 1], layout: "x-fastest" });
    const labels = await applied(scores, asDiscrete({ argmax: true }));
    expect([valuesOf(labels), labels.shape, labels.dtype]).toEqual([[1, 0], [1, 2, 1], "float32"]);
    expect(await run(line(0.1, 0.5, 0.9), asDiscrete({ threshold: 0.5 }))).toEqual([0, 1, 1]);
    // As in torch, a float32 of 0.7 is at least 0.7.
    expect(await run(line(0.7, 0.699999), asDiscrete({ threshold: 0.7 }))).toEqual([1, 0]);
    expect(await run(line(0.5, 1.5, 2.5, -0.5, 2.6), asDiscrete({ rounding: "torchrounding" }))).toEqual([
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
    await expect(run(label(0, 3), asDiscrete({ toOnehot: 3 }))).rejects.toMatchObject({
      code: "VOXRX_BAD_LABEL",
      fault: expect.stringContaining("3"),
    });
    for (const wrong of [label(0, -1), line(0.5, 1)]) {
      await expect(run(wrong, asDiscrete({ toOnehot: 3 }))).rejects.toMatchObject({ code: "VOXRX_BAD_LABEL" });
    }
    await expect(run(ramp([2, 2, 2]), asDiscrete({ toOnehot: 9 }))).rejects.toMatchObject({
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
        expect(await run(hot, asDiscrete({ argmax: true }))).toEqual(values);
      }),
    );
  });
});

describe("activations", () => {
  test("are probabilities, also of large numbers", async () => {
    expect(await run(line(0, 1000, -1000), activations({ sigmoid: true }))).toEqual([0.5, 1, 0]);
    const scores = new Volume({
      data: Float32Array.of(1000, 0, 1001, 0, 1002, Math.log(2)),
      shape: [3, 2, 1],
      layout: "x-fastest",
    });
    const soft = await run(scores, activations({ softmax: true }));
    const sum = Math.exp(-2) + Math.exp(-1) + 1;
    for (const [n, expected] of [Math.exp(-2) / sum, 0.25, Math.exp(-1) / sum, 0.25, 1 / sum, 0.5].entries()) {
      expect(soft[n]).toBeCloseTo(expected, 6);
    }
    expect(() => activations({ sigmoid: true, softmax: true })).toThrow(/exclude/);
    expect((await applied(label(1), activations())).dtype).toBe("float32");
  });
});

describe("values of labels", () => {
  test("are filtered, and keep their type", async () => {
    const filtered = await applied(label(0, 1, 2, 3, -4), labelFilter({ appliedLabels: [1, -4] }));
    expect([valuesOf(filtered), filtered.dtype]).toEqual([[0, 1, 0, 0, -4], "int16"]);
    expect(await run(label(1, 2), labelFilter({ appliedLabels: 2 }))).toEqual([0, 2]);
  });

  test("are mapped all at once, in the label's type if it holds them", async () => {
    const mapped = await applied(label(0, 1, 2, 7), mapLabelValue({ origLabels: [1, 2], targetLabels: [2, 1] }));
    expect([valuesOf(mapped), mapped.dtype]).toEqual([[0, 2, 1, 7], "int16"]);
    const wide = await applied(label(0, 1), mapLabelValue({ origLabels: [1], targetLabels: [70_000] }));
    expect([valuesOf(wide), wide.dtype]).toEqual([[0, 70_000], "float32"]);
    const asked = mapLabelValue({ origLabels: [1], targetLabels: [5], dtype: "uint8" });
    expect((await applied(label(0, 1), asked)).dtype).toBe("uint8");
    for (const values of [label(0, 1, 300), label(0, 1, ...new Array<number>(70_000).fill(-2))]) {
      await expect(applied(values, asked)).rejects.toMatchObject({
        code: "VOXRX_VALUE_RANGE",
        operator: "mapLabelValue",
      });
    }
    const huge = await applied(
      label(0, 1).toContiguous("x-fastest", "int32"),
      mapLabelValue({ origLabels: [1], targetLabels: [0.5] }),
    );
    expect([valuesOf(huge), huge.dtype]).toEqual([[0, 0.5], "float64"]);
    for (const wrong of [
      { origLabels: [1, 1], targetLabels: [2, 3] },
      { origLabels: [1], targetLabels: [2, 3] },
    ]) {
      expect(() => mapLabelValue(wrong)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });

  test("become masks, of values or of channels, joined if asked", async () => {
    const masked = await applied(label(0, 1, 2, 3), labelToMask({ selectLabels: [1, 3] }));
    expect([valuesOf(masked), masked.dtype, masked.channels]).toEqual([[0, 1, 0, 1], "uint8", 1]);
    const hot = new Volume({ data: Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 0, 5), shape: [3, 3, 1], layout: "x-fastest" });
    expect(await run(hot, labelToMask({ selectLabels: [0, 2] }))).toEqual([1, 0, 0, 0, 0, 1]);
    expect(await run(hot, labelToMask({ selectLabels: [0, 2], mergeChannels: true }))).toEqual([1, 0, 1]);
    await expect(run(hot, labelToMask({ selectLabels: 3 }))).rejects.toMatchObject({ code: "VOXRX_BAD_VOLUME" });
  });
});

describe("labelToContour", () => {
  test("keeps voxels with a neighbour outside, also at the image's edge", async () => {
    const block = new Volume({ data: new Uint8Array(25), shape: [1, 5, 5] });
    for (const [x, y] of [1, 2, 3].flatMap((a) => [1, 2, 3].map((b) => [a, b] as const))) block.data[x + 5 * y] = 1;
    const contour = await applied(block, labelToContour());
    expect(contour.get(0, 2, 2)).toBe(0);
    expect(valuesOf(contour).reduce((sum, n) => sum + n, 0)).toBe(8);
    const full = new Volume({ data: new Uint8Array(27).fill(1), shape: [1, 3, 3, 3] });
    const shell = await applied(full, labelToContour());
    expect([shell.get(0, 1, 1, 1), valuesOf(shell).reduce((sum, n) => sum + n, 0), shell.dtype]).toEqual([
      0,
      26,
      "uint8",
    ]);
  });
});

describe("distanceTransformEDT", () => {
  const anyCase = fc.record({
    label: fc.oneof(
      anyLabel,
      anyMask.map(({ mask, ...rest }) => ({ ...rest, values: Array.from(mask) })),
    ),
    sampling: fc.tuple(fc.constantFrom(1, 0.5, 2.5), fc.constantFrom(1, 3), fc.constantFrom(1, 0.9)),
  });

  test("is the distance to the nearest background that a search finds, with any voxel size", async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ label: { shape, values }, sampling }) => {
        const [nx, ny] = shape;
        const mask = new Volume({ data: Int16Array.from(values), shape: [1, ...shape], layout: "x-fastest" });
        const distances = await run(mask, distanceTransformEDT({ sampling }));
        const placeOf = (at: number) => [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
        const background = values.flatMap((value, at) => (value === 0 ? [placeOf(at)] : []));
        for (const [at, value] of values.entries()) {
          const place = placeOf(at);
          const away = background.map((other) =>
            Math.hypot(...place.map((p, axis) => (p - (other[axis] ?? 0)) * (sampling[axis] ?? 1))),
          );
          const nearest = value === 0 ? 0 : Math.min(...away);
          if (Number.isFinite(nearest)) expect(distances[at]).toBeCloseTo(nearest, 4);
          else expect(distances[at]).toBe(Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("takes the image's voxel size, and each channel by itself", async () => {
    const two = new Volume({
      data: Uint8Array.of(1, 1, 0, 0, 1, 1),
      shape: [2, 3, 1],
      layout: "x-fastest",
      affine: [0, 1, 0, 0, -2.5, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    });
    expect(await run(two, distanceTransformEDT({ sampling: "spacing" }))).toEqual([5, 2.5, 0, 0, 2.5, 5]);
    await expect(run(two, distanceTransformEDT({ sampling: [1, 1, 1] }))).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
    });
  });

  test("is infinite where there is no background, and 0 where there is nothing else", async () => {
    const infinity = Number.POSITIVE_INFINITY;
    const both = new Volume({ data: Uint8Array.of(1, 1, 0, 0), shape: [2, 2, 1], layout: "x-fastest" });
    expect(await run(both, distanceTransformEDT())).toEqual([infinity, infinity, 0, 0]);
  });
});

test("a view and its copy come out the same, and the input is not written to", async () => {
  const view = ramp([2, 5, 4, 3], "uint8").flip([0, 2]).permute([1, 2, 0]);
  const before = plain(view);
  for (const operator of [
    asDiscrete({ argmax: true }),
    activations({ softmax: true }),
    labelFilter({ appliedLabels: [3, 4, 5] }),
    labelToContour(),
    labelToMask({ selectLabels: 1 }),
    mapLabelValue({ origLabels: [1, 2, 3], targetLabels: [3, 1, 2] }),
    distanceTransformEDT(),
  ]) {
    expect(plain(await applied(view, operator))).toEqual(plain(await applied(view.toContiguous(), operator)));
    expect(plain(view)).toEqual(before);
  }
});
