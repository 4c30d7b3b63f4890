import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, Random, type Volume } from "voxrx";
import { rand3DElastic, randAffine } from "voxrx/operators";
import { smoothNoise } from "../../../src/kernels/smooth-noise.ts";
import { applied } from "../../support/applied.ts";
import { drawCount } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";
import { plain, ramp, valuesOf } from "../../support/volumes.ts";
import { paramsOf, scansOf, unnoted } from "./noted-scans.ts";
import { bump } from "./resampled.ts";

describe("rand3DElastic", () => {
  const bend = { sigmaRange: [1, 2], magnitudeRange: [4, 8], prob: 1 } as const;

  test("without displacement is the affine alone, and with neither the image itself", async () => {
    const image = bump([7, 6, 5]);
    const still = { sigmaRange: [2, 2], magnitudeRange: [0, 0], prob: 1 } as const;
    expect(unnoted(await applied(image, rand3DElastic(still)))).toEqual(unnoted(image));
    const affine = { rotateRange: [[0.3, 0.3], [0.1, 0.1]], scaleRange: [[0.2, 0.2]], spatialSize: [8, 6, 4] } as const; // biome-ignore format: one line
    const one = await applied(image, rand3DElastic({ ...still, ...affine }));
    const other = await applied(image, randAffine({ prob: 1, ...affine }));
    expect(one.shape).toEqual(other.shape);
    const values = valuesOf(other);
    for (const [n, value] of valuesOf(one).entries()) expect(value).toBeCloseTo(values[n] ?? Number.NaN, 6);
  });

  test("reads each voxel where the field of its noted draw says, moved first and then turned", async () => {
    const [nx, ny, nz] = [9, 8, 7] as const;
    const indices = Array.from({ length: nx * ny * nz }, (_, at) => [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]); // biome-ignore format: one line
    const along = (axis: number) =>
      ramp([1, nx, ny, nz]).withSamples({
        data: Float64Array.from(indices, (index) => index[axis] ?? 0),
        layout: "x-fastest",
      });
    const turn = { rotateRange: [0, 0, [Math.PI / 2, Math.PI / 2]], paddingMode: "border" } as const;
    const operator = rand3DElastic({ ...bend, ...turn, keys: ["x", "y", "z"] });
    const [result] = await Dataset.from([{ x: along(0), y: along(1), z: along(2) }])
      .pipe(operator)
      .toArray();
    if (!result) throw new Error("nothing came out");
    const { seed, sigma, magnitude } = paramsOf(result.x);
    expect(result.z.meta.applied).toMatchObject([{ name: "rand3DElastic", params: { invertible: false, seed } }]);
    const [dx, dy, dz] = smoothNoise([nx, ny, nz], Number(sigma), Number(magnitude), new Random(Number(seed)));
    const [xs, ys, zs] = [valuesOf(result.x), valuesOf(result.y), valuesOf(result.z)];
    const inside = (position: number, n: number) => Math.min(Math.max(position, 0), n - 1);
    for (const [at, [x = 0, y = 0, z = 0]] of indices.entries()) {
      expect(xs[at]).toBeCloseTo(inside(4 - (y + (dy[at] ?? NaN) - 3.5), nx), 4);
      expect(ys[at]).toBeCloseTo(inside(3.5 + (x + (dx[at] ?? NaN) - 4), ny), 4);
      expect(zs[at]).toBeCloseTo(inside(z + (dz[at] ?? NaN), nz), 4);
    }
  });

  test("bends all fields alike, keeps the affine and labels' element type, and replays in the same epoch", async () => {
    const picture = bump([8, 7, 6]);
    const operator = rand3DElastic({ ...bend, keys: ["image", "label"], prob: 0.5, mode: ["bilinear", "nearest"] });
    const data = Dataset.from(scansOf(picture, 12), { seed: 3 }).pipe(operator);
    const results = await data.epoch(0).toArray();
    for (const { image, label } of results) {
      expect([...image.affine]).toEqual([...picture.affine]);
      expect([image.dtype, label.dtype]).toEqual(["float32", "int16"]);
      expect(paramsOf(image).seed).toEqual(paramsOf(label).seed);
    }
    const bent = results.filter(({ image }) => image.meta.applied);
    expect(bent.length).toBeGreaterThan(2);
    expect(new Set(bent.map(({ image }) => String(image.storage))).size).toBe(bent.length);
    expect((await data.epoch(0).toArray()).map(({ image }) => plain(image))).toEqual(
      results.map(({ image }) => plain(image)),
    );
  });

  test("draws sigma, magnitude and how often evenly", async () => {
    const items = Array.from({ length: drawCount }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = rand3DElastic({ sigmaRange: [0, 2], magnitudeRange: [10, 20], prob: 0.4, mode: "nearest" });
    const results: Volume[] = await Dataset.from(items, { seed: 9 }).pipe(operator).toArray();
    const bent = results.filter(({ meta }) => meta.applied).map(paramsOf);
    expect(Math.abs(bent.length - 0.4 * drawCount)).toBeLessThan(5 * Math.sqrt(drawCount * 0.4 * 0.6));
    for (const [name, low, high] of [["sigma", 0, 2], ["magnitude", 10, 20], ["seed", 0, 2 ** 32]] as const) {
      const values = bent.map((params) => Number(params[name]));
      expect(values.every((value) => value >= low && value <= high)).toBe(true);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((5 * (high - low)) / Math.sqrt(12 * values.length));
    } // biome-ignore format: one line
    expect(new Set(bent.map(({ seed }) => seed)).size).toBe(bent.length);
  });

  test("brings what it does not bend to spatialSize, with the affine of that cut", async () => {
    const image = bump([6, 6, 6]);
    const options = { ...bend, spatialSize: 4 };
    const middle = image.crop([1, 1, 1], [5, 5, 5]);
    const cut = await applied(image, rand3DElastic({ ...options, prob: 0 }));
    expect(valuesOf(cut)).toEqual(valuesOf(middle));
    for (const result of [cut, await applied(image, rand3DElastic(options))]) {
      for (const [n, value] of result.affine.entries()) expect(value).toBeCloseTo(middle.affine[n] ?? Number.NaN, 12);
    }
  });

  test("refuses 2D images, fields beyond all measure, and options that cannot be meant", async () => {
    for (const prob of [0, 1]) {
      const flat = applied(ramp([1, 4, 4]), rand3DElastic({ ...bend, prob }));
      await expect(flat).rejects.toMatchObject({ code: "VOXRX_BAD_VOLUME", operator: "rand3DElastic" });
    }
    const huge = applied(ramp([1, 4, 4, 4]), rand3DElastic({ ...bend, spatialSize: 700 }));
    await expect(huge).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
    const wrong = [
      { sigmaRange: [2, 1] as const },
      { magnitudeRange: [-1, 1] as const },
      { spatialSize: [] },
      { prob: 2 },
    ];
    for (const options of wrong) {
      const caught = attempt(() => rand3DElastic({ ...bend, ...options }));
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
