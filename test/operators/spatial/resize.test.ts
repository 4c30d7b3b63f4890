import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { resize } from "voxrx/operators";
import { applyAffine } from "../../../src/volume/affine-matrix.ts";
import { applied } from "../../support/applied.ts";
import { monaiCases, numbersOf } from "../../support/monai-cases.ts";
import { ofRange } from "../../support/monai-reference.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, line, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

const modes = ["area", "nearest", "nearest-exact", "trilinear", "bilinear"] as const;

type Mode = (typeof modes)[number];

function modeOf(given: unknown): Mode {
  const mode = modes.find((one) => one === given);
  if (!mode) throw new Error(`no mode ${given}`);
  return mode;
}

/** The calls of monai.json in the words of VoxRx. */
function calledAs(call: string) {
  const mode = modeOf(/[( ]mode="([a-z-]+)"/.exec(call)?.[1]);
  const longest = /spatial_size=(\d+)/.exec(call)?.[1];
  if (longest !== undefined) return resize({ spatialSize: Number(longest), sizeMode: "longest", mode });
  const spatialSize = (/spatial_size=\(([\d, ]+)\)/.exec(call)?.[1] ?? "").split(",").map(Number);
  return resize({ spatialSize, mode });
}

async function resizedRow(values: readonly number[], n: number, mode: Mode, more = {}): Promise<number[]> {
  return valuesOf(await applied(line(...values), resize({ spatialSize: [n], mode, ...more })));
}

/** Adaptive average pooling, written as its definition. */
function boxMeans(volume: Volume, shape: readonly number[]): Volume {
  const spans = volume.spatialShape.map((m, axis) => {
    const n = shape[axis + 1] ?? 1;
    return Array.from({ length: n }, (_, j) => [Math.floor((j * m) / n), Math.ceil(((j + 1) * m) / n)] as const);
  });
  const [x, y, z = [[0, 1] as const]] = spans;
  const data: number[] = [];
  for (let c = 0; c < volume.channels; c++) {
    for (const kz of z ?? []) {
      for (const ky of y ?? []) for (const kx of x ?? []) data.push(meanOf(volume, c, kx, ky, kz));
    }
  }
  return new Volume({ data: Float32Array.from(data), shape, layout: "x-fastest" });
}

type Span = readonly [number, number];

function meanOf(volume: Volume, channel: number, [x0, x1]: Span, [y0, y1]: Span, [z0, z1]: Span): number {
  let sum = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += volume.get(channel, x, y, z) ?? Number.NaN;
  }
  return sum / ((x1 - x0) * (y1 - y0) * (z1 - z0));
}

/** The place of a part of the field of view, which goes from 0 to 1 on every axis. */
function worldAt(volume: Volume, part: number): number[] {
  return applyAffine(
    volume.affine,
    volume.spatialShape.map((n) => n * part - 0.5),
  );
}

function expectNear(got: readonly number[], wanted: readonly number[]): void {
  expect(got).toEqual(wanted.map((value) => expect.closeTo(value, 9)));
}

monaiCases("resize", {
  call: (operation, call) => (operation.startsWith("resize_") ? calledAs(call) : undefined),
  row: ({ spatialSize, mode }) => resize({ spatialSize: numbersOf(spatialSize), mode: modeOf(mode) }),
  tolerance: ofRange,
});

describe("resize", () => {
  test("finds values on a row as torch does", async () => {
    const five = [0, 10, 20, 30, 40];
    expect(await resizedRow(five, 2, "area")).toEqual([10, 30]); // the voxel in the middle counts on both sides
    expect(await resizedRow(five, 7, "area")).toEqual([0, 5, 15, 20, 25, 35, 40]);
    expect(await resizedRow(five, 2, "nearest")).toEqual([0, 20]);
    expect(await resizedRow(five, 2, "nearest-exact")).toEqual([10, 30]);
    expect(await resizedRow(five, 2, "trilinear")).toEqual([7.5, 32.5]);
    expect(await resizedRow(five, 10, "bilinear")).toEqual([0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 32.5, 37.5, 40]);
    expect(await resizedRow(five, 3, "trilinear", { alignCorners: true })).toEqual([0, 20, 40]);
    expect(await resizedRow(five, 1, "trilinear", { alignCorners: true })).toEqual([0]);
  });

  test("takes the mean of the voxels that a new one touches, for every layout and element type", async () => {
    const size = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 3, maxLength: 3 });
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyVolume, size, order, async (volume, sizes, axes) => {
        const spatialSize = sizes.slice(0, volume.spatialShape.length);
        const turned = volume.spatialShape.length === 3 ? volume.permute(axes) : volume;
        const result = await applied(turned, resize({ spatialSize }));
        expect(result.dtype).toBe("float32");
        expect(valuesOf(result)).toEqual(valuesOf(boxMeans(turned, result.shape)));
        expect(valuesOf(await applied(turned.toContiguous(), resize({ spatialSize })))).toEqual(valuesOf(result));
      }),
      { numRuns: 60 },
    );
  });

  test("to the image's own size is the image itself, in every mode", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom(...modes), fc.boolean(), async (volume, mode, named) => {
        const spatialSize = named ? volume.spatialShape : -1;
        const same = await applied(volume, resize({ spatialSize, mode, antiAliasing: named }));
        const dtype = mode.startsWith("nearest") ? volume.dtype : "float32";
        const before = volume.toContiguous("x-fastest", dtype);
        expect({ ...Object(plain(same)), meta: undefined }).toEqual({ ...Object(plain(before)), meta: undefined });
        if (dtype === volume.dtype) expect(same.storage).toBe(volume.storage);
      }),
    );
  });

  test("keeps what is seen in its place in the world, with aligned corners too", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 });
    const mode = fc.constantFrom<Mode>("trilinear", "bilinear");
    await fc.assert(
      fc.asyncProperty(sizes, mode, fc.boolean(), async (spatialSize, mode, alignCorners) => {
        const volume = bump([9, 8, 7]);
        expectSamePlaces(await applied(volume, resize({ spatialSize, mode, alignCorners })), volume);
      }),
      { numRuns: 40 },
    );
  });

  test("keeps the middle and the outer edges of the field of view, in every mode", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom(...modes), async (spatialSize, mode) => {
        const volume = bump([5, 6, 3]);
        const result = await applied(volume, resize({ spatialSize, mode }));
        for (const part of [0, 0.5, 1]) expectNear(worldAt(result, part), worldAt(volume, part));
      }),
    );
  });

  test("gives a label on the grid of its image, of its own type and with its own values", async () => {
    const label = ramp([1, 6, 5, 4], "int16", 3);
    const result = await applied(label, resize({ spatialSize: [9, 2, 4], mode: "nearest-exact", antiAliasing: true }));
    expect([result.dtype, result.spatialShape]).toEqual(["int16", [9, 2, 4]]);
    expect(valuesOf(result).every((value) => valuesOf(label).includes(value))).toBe(true);
    expect([...result.affine]).toEqual([...(await applied(label, resize({ spatialSize: [9, 2, 4] }))).affine]);
  });

  test("makes the longest axis as long as asked and the others in proportion", async () => {
    const longest = async (...shape: number[]) =>
      (await applied(ramp([1, ...shape]), resize({ spatialSize: 8, sizeMode: "longest" }))).spatialShape;
    expect(await longest(4, 6, 3)).toEqual([5, 8, 4]);
    expect(await longest(16, 5)).toEqual([8, 2]); // half to even, as Python rounds
    expect(await longest(100, 1, 2)).toEqual([8, 1, 1]);
  });

  test("smooths before it shrinks, by (s - 1) / 2 voxels, and only the axes that shrink", async () => {
    const line = Array.from({ length: 40 }, (_, x) => (x === 20 ? 1 : 0));
    // Integrals of a Gaussian of 1.5 voxels over the voxels 3, 2 and 1 away: new voxel j lies between 4j + 1 and 4j + 2.
    const smooth = await resizedRow(line, 10, "trilinear", { antiAliasing: true });
    expect(smooth[4]).toBeCloseTo((0.0379750236 + 0.1108649017) / 2, 7);
    expect(smooth[5]).toBeCloseTo((0.2107860863 + 0.1108649017) / 2, 7);
    expect(await resizedRow(line, 10, "nearest", { antiAliasing: true })).toEqual(
      await resizedRow(line, 10, "nearest"),
    );
    const wide = await resizedRow(line, 10, "area", { antiAliasing: true, antiAliasingSigma: 4 });
    expect(Math.max(...wide)).toBeLessThan(0.11);
    const longer = await resizedRow(line, 60, "trilinear", { antiAliasing: true });
    expect(longer).toEqual(await resizedRow(line, 60, "trilinear"));
  });

  test("lets a value that is no number spread to the voxels that touch it only", async () => {
    expect(await resizedRow([1, Number.NaN, 3, 5], 2, "area")).toEqual([Number.NaN, 4]);
    expect(await resizedRow([1, Number.NaN, 3, 5], 2, "nearest")).toEqual([1, 3]);
  });

  test("notes on the image what was done, and the grid before", async () => {
    const result = await applied(bump([4, 4, 4]), resize({ spatialSize: [6, 2, -1] }));
    expect(result.meta.applied).toMatchObject([
      { name: "resize", params: { spatialSize: [6, 2, 4], mode: "area", shape: [4, 4, 4] } },
    ]);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const wrong = [
      { spatialSize: 0, sizeMode: "longest" },
      { spatialSize: [4, 1.5] },
      { spatialSize: [4, 4, 4, 4] },
      { spatialSize: [4, 4], sizeMode: "longest" },
      { spatialSize: -1, sizeMode: "longest" },
      { spatialSize: 4, mode: "cubic" },
      { spatialSize: 4, mode: [] },
      { spatialSize: 4, alignCorners: true },
      { spatialSize: 4, antiAliasingSigma: -1 },
      { size: 4 },
    ];
    for (const options of wrong) {
      const failure = attempt(() => Reflect.apply(resize, undefined, [options]));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });

  test("refuses sizes beyond all measure, and images without voxels", async () => {
    for (const mode of modes) {
      const huge = applied(ramp([1, 4, 4, 4]), resize({ spatialSize: 5000, mode }));
      await expect(huge).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE", operator: "resize" });
    }
    const empty = new Volume({ data: new Float32Array(0), shape: [1, 0, 4] });
    await expect(applied(empty, resize({ spatialSize: 2 }))).rejects.toMatchObject({ code: "VOXRX_BAD_VOLUME" });
  });
});
