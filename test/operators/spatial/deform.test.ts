import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, isVoxRxError, type Volume } from "voxrx";
import { rand3DElastic, randAffine, randGridDistortion } from "voxrx/operators";
import { erf } from "../../../src/kernels/gaussian.ts";
import { smoothNoise, stretchedPositions } from "../../../src/kernels/smooth-noise.ts";
import { Random } from "../../../src/random/random.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { applied } from "../reference.ts";
import { attempt, bump } from "./resampled.ts";

const paramsOf = (volume: Volume) => volume.meta.applied?.at(-1)?.params ?? {};
const unnoted = (volume: Volume) => ({ ...Object(plain(volume)), meta: undefined });
const scansOf = (picture: Volume, count: number) =>
  Array.from({ length: count }, () => ({
    image: picture,
    label: ramp([1, ...picture.spatialShape], "int16").withAffine(picture.affine),
  }));

describe("a field of smooth noise", () => {
  it("is the noise itself, even in [-magnitude, magnitude], where nothing is smoothed", () => {
    const [x, y, z] = smoothNoise([20, 20, 25], 0, 4, new Random(1));
    const random = new Random(1);
    expect(x.every((value) => value === Math.fround(random.uniform(-1, 1)) * 4)).toBe(true);
    const all = [...x, ...y, ...z];
    expect(all.every((value) => Math.abs(value) <= 4)).toBe(true);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + value * value, 0) / all.length;
    expect(Math.abs(mean)).toBeLessThan((5 * 4) / Math.sqrt(3 * all.length));
    expect(Math.abs(variance - 16 / 3)).toBeLessThan(0.15);
  });

  it("is smoothed by a Gaussian that is cut off at 3 standard deviations, zeros around the image", () => {
    const [n, sigma] = [11, 1.2];
    const random = new Random(7);
    const noise = Array.from({ length: n ** 3 }, () => random.uniform(-1, 1));
    const upTo = (at: number) => erf(at / (sigma * Math.SQRT2)) / 2;
    const weight = (away: number) => (Math.abs(away) > 4 ? 0 : upTo(away + 0.5) - upTo(away - 0.5)); // floor(3.6 + 0.5)
    const [field] = smoothNoise([n, n, n], sigma, 3, new Random(7));
    for (const [x, y, z] of [[5, 5, 5], [0, 10, 3]] as const) {
      let sum = 0;
      for (const [at, value] of noise.entries()) {
        const [i, j, k] = [at % n, Math.floor(at / n) % n, Math.floor(at / (n * n))];
        sum += value * weight(i - x) * weight(j - y) * weight(k - z);
      }
      expect(field[x + n * y + n * n * z]).toBeCloseTo(3 * sum, 6);
    } // biome-ignore format: one line
  });
});

describe("rand3DElastic", () => {
  const bend = { sigmaRange: [1, 2], magnitudeRange: [4, 8], prob: 1 } as const;

  it("without displacement is the affine alone, and with neither the image itself", async () => {
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

  it("reads each voxel where the field of its noted draw says, moved first and then turned", async () => {
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

  it("bends all fields alike, keeps the affine and labels' element type, and replays in the same epoch", async () => {
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

  it("draws sigma, magnitude and how often evenly, over 10,000 items", async () => {
    const items = Array.from({ length: 10_000 }, () => ramp([1, 1, 1, 1], "uint8"));
    const operator = rand3DElastic({ sigmaRange: [0, 2], magnitudeRange: [10, 20], prob: 0.4, mode: "nearest" });
    const results: Volume[] = await Dataset.from(items, { seed: 9 }).pipe(operator).toArray();
    const bent = results.filter(({ meta }) => meta.applied).map(paramsOf);
    expect(Math.abs(bent.length - 4000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.4 * 0.6));
    for (const [name, low, high] of [["sigma", 0, 2], ["magnitude", 10, 20], ["seed", 0, 2 ** 32]] as const) {
      const values = bent.map((params) => Number(params[name]));
      expect(values.every((value) => value >= low && value <= high)).toBe(true);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((5 * (high - low)) / Math.sqrt(12 * values.length));
    } // biome-ignore format: one line
    expect(new Set(bent.map(({ seed }) => seed)).size).toBe(bent.length);
  });

  it("brings what it does not bend to spatialSize, with the affine of that cut", async () => {
    const image = bump([6, 6, 6]);
    const options = { ...bend, spatialSize: 4 };
    const middle = image.crop([1, 1, 1], [5, 5, 5]);
    const cut = await applied(image, rand3DElastic({ ...options, prob: 0 }));
    expect(valuesOf(cut)).toEqual(valuesOf(middle));
    for (const result of [cut, await applied(image, rand3DElastic(options))]) {
      for (const [n, value] of result.affine.entries()) expect(value).toBeCloseTo(middle.affine[n] ?? Number.NaN, 12);
    }
  });

  it("refuses 2D images, fields beyond all measure, and options that cannot be meant", async () => {
    for (const prob of [0, 1]) {
      const flat = applied(ramp([1, 4, 4]), rand3DElastic({ ...bend, prob }));
      await expect(flat).rejects.toMatchObject({ code: "VOXRX_BAD_VOLUME", operator: "rand3DElastic" });
    }
    const huge = applied(ramp([1, 4, 4, 4]), rand3DElastic({ ...bend, spatialSize: 700 }));
    await expect(huge).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
    const wrong = [
      { sigmaRange: [2, 1] as const },
      { magnitudeRange: [-1, 1] as const },
      { spatialSize: 0 },
      { prob: 2 },
    ];
    for (const options of wrong) {
      const caught = attempt(() => rand3DElastic({ ...bend, ...options }));
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});

describe("randGridDistortion", () => {
  it("stretches cells as worked out by hand", () => {
    expect([...stretchedPositions(6, [1, 1, 1])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...stretchedPositions(6, [0.5, 1.5, 9, 9])]).toEqual([0, 0.5, 1, 2.5, 4, 13]);
    expect([...stretchedPositions(7, [0.5, 1.5, 1, 9])]).toEqual([0, 0.5, 1, 2.5, 4, 5, 6]);
    expect([...stretchedPositions(8, [0.5, 0.5, 0.5, 9])]).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 5.5]);
    expect([...stretchedPositions(2, [1, 1, 1, 1, 1])]).toEqual([0, 1]);
    expect([...stretchedPositions(0, [1, 1])]).toEqual([]);
  });

  it("with a limit of 0 is the image itself", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.integer({ min: 1, max: 9 }), async (volume, numCells) => {
        const operator = randGridDistortion({ prob: 1, numCells, distortLimit: 0, mode: "nearest" });
        expect(unnoted(await applied(volume, operator))).toEqual(unnoted(volume));
        const float = await applied(volume, randGridDistortion({ prob: 1, numCells, distortLimit: 0 }));
        expect([float.dtype, valuesOf(float)]).toEqual(["float32", valuesOf(volume)]);
      }),
    );
  });

  it("reads each voxel where the noted steps of its axes say, in any layout", async () => {
    const image = ramp([2, 11, 6, 9]).permute([2, 0, 1]).flip([1]);
    const operator = randGridDistortion({ prob: 1, numCells: [3, 4, 2], distortLimit: 0.3 });
    const result = await applied(image, operator);
    const steps = [paramsOf(result).distortSteps].flat().map((each) => [each].flat().map(Number));
    expect(steps.map(({ length }) => length)).toEqual([4, 5, 3]);
    const [px = [], py = [], pz = []] = steps.map((each, axis) => {
      const length = image.spatialShape[axis] ?? 0;
      return Array.from(stretchedPositions(length, each), (at) => Math.min(at, length - 1));
    });
    const [base, dx, dy, dz] = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]].map(([x = 0, y = 0, z = 0]) => image.get(1, x, y, z) ?? 0); // biome-ignore format: one line
    const slope = [dx, dy, dz].map((value) => (value ?? 0) - (base ?? 0)); // a ramp is linear in the voxel's index
    for (const [x, xAt] of px.entries()) {
      for (const [y, yAt] of py.entries()) {
        for (const [z, zAt] of pz.entries()) {
          const value = (base ?? 0) + xAt * (slope[0] ?? 0) + yAt * (slope[1] ?? 0) + zAt * (slope[2] ?? 0);
          expect(result.get(1, x, y, z)).toBeCloseTo(value, 2);
        }
      }
    }
  });

  it("distorts all fields alike, keeps shape and affine, and notes that it cannot be undone", async () => {
    const picture = bump([10, 7, 6]);
    const operator = randGridDistortion({ keys: ["image", "label"], prob: 0.5, mode: ["bilinear", "nearest"] });
    const results = await Dataset.from(scansOf(picture, 20), { seed: 6 }).pipe(operator).toArray();
    const distorted = results.filter(({ image }) => image.meta.applied);
    expect(distorted.length).toBeGreaterThan(3);
    expect(distorted.length).toBeLessThan(17);
    for (const { image, label } of results) {
      expect([image.shape, [...image.affine]]).toEqual([picture.shape, [...picture.affine]]);
      expect([image.dtype, label.dtype]).toEqual(["float32", "int16"]);
      expect(paramsOf(image).distortSteps).toEqual(paramsOf(label).distortSteps);
    }
    expect(distorted[0]?.image.meta.applied).toMatchObject([
      { name: "randGridDistortion", params: { invertible: false } },
    ]);
  });

  it("draws steps evenly, over 10,000 items", async () => {
    const items = Array.from({ length: 10_000 }, () => ramp([1, 2, 1], "uint8"));
    const operator = randGridDistortion({ prob: 0.3, numCells: 2, distortLimit: [-0.1, 0.3], mode: "nearest" });
    const results: Volume[] = await Dataset.from(items, { seed: 8 }).pipe(operator).toArray();
    const drawn = results.filter(({ meta }) => meta.applied).map((volume) => [paramsOf(volume).distortSteps].flat(2));
    expect(Math.abs(drawn.length - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7));
    const steps = drawn.flatMap((all) => all.map(Number));
    expect(steps.length).toBe(drawn.length * (3 + 2)); // an axis of one voxel has one cell
    expect(steps.every((step) => step >= 0.9 && step <= 1.3)).toBe(true);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    expect(Math.abs(mean - 1.1)).toBeLessThan((5 * 0.4) / Math.sqrt(12 * steps.length));
  });

  it("refuses options that cannot be meant when it is composed", () => {
    for (const options of [
      { numCells: 0 },
      { numCells: [] },
      { distortLimit: 1 },
      { distortLimit: [0.2, 0.1] as const },
    ]) {
      const caught = attempt(() => randGridDistortion(options));
      expect(isVoxRxError(caught, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
