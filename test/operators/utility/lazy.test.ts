import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type IndexedOperator, memoryStore, originOf, Volume } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  compose,
  flip,
  lazy,
  map,
  orientation,
  randAffine,
  randFlip,
  randRotate,
  randSpatialCrop,
  resize,
  resizeWithPadOrCrop,
  rotate,
  scaleIntensity,
  spacing,
  spatialCrop,
  spatialPad,
  zoom,
} from "voxrx/operators";
import { spelledOut } from "../../support/volumes.ts";

type Step = IndexedOperator<Volume, Volume>;

const shape = [1, 20, 18, 16] as const;
const affine = [-1.2, 0, 0, 30, 0, 1.1, 0.1, -20, 0, -0.1, 1.5, 5, 0, 0, 0, 1];

/** A smooth image: interpolation hardly errs on it. */
function smooth(shift = 0): Volume {
  const data = new Float32Array(20 * 18 * 16);
  for (let n = 0; n < data.length; n++) {
    const [x, y, z] = [n % 20, Math.floor(n / 20) % 18, Math.floor(n / 360)];
    data[n] = 100 * Math.sin((x + shift) / 9) * Math.cos(y / 8) + 3 * z;
  }
  return new Volume({ data, shape, layout: "x-fastest", affine });
}

async function through(operator: Step, volumes: readonly Volume[] = [smooth()]): Promise<Volume[]> {
  return Dataset.from([...volumes], { seed: 5 })
    .pipe(operator)
    .toArray();
}

/** Steps whose image stays well inside of what is known, so that borders play no part. */
const anyStep: fc.Arbitrary<() => Step> = fc.constantFrom<() => Step>(
  () => spacing({ pixdim: [1, 1.3, 1.2] }),
  () => orientation({ axcodes: "PLI" }),
  () => flip({ spatialAxis: 1 }),
  () => randFlip({ prob: 0.5 }),
  () => spatialCrop({ roiStart: [2, 2, 2], roiEnd: [14, 14, 12] }),
  () => randSpatialCrop({ roiSize: [12, 11, 10] }),
  () => rotate({ angle: [0.1, -0.05, 0.08] }),
  () => randRotate({ prob: 0.7, rangeX: 0.1, rangeZ: 0.1 }),
  () => randAffine({ prob: 0.7, scaleRange: 0.1, translateRange: [0.5, 0.5], paddingMode: "border" }),
  () => zoom({ zoom: 1.1, mode: "trilinear" }),
  () => resize({ spatialSize: [16, 17, 18], mode: "trilinear" }),
);

describe("lazy", () => {
  test("gives the grid and the draws of the same transforms one by one, and samples within interpolation's error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 5 }), async (steps) => {
        const make = () => steps.map((step) => step());
        const chained = (combine: typeof lazy): Step => Reflect.apply(combine, undefined, make());
        const volumes = [smooth(), smooth(2)];
        const [fused, plain] = [await through(chained(lazy), volumes), await through(chained(compose), volumes)];
        for (const [n, one] of fused.entries()) {
          const other = plain[n];
          expect(one.shape).toEqual(other?.shape);
          expect(one.meta).toEqual(other?.meta);
          expect(one.dtype).toBe(other?.dtype);
          for (const [i, value] of one.affine.entries()) expect(value).toBeCloseTo(other?.affine[i] ?? Number.NaN, 9);
          expect(originOf(one)?.draws).toEqual(other && originOf(other)?.draws);
          expect(middleDifference(one, other)).toBeLessThan(2.5);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("interpolates once: turning an image there and back gives it back", async () => {
    const data = Float32Array.from({ length: 20 * 18 * 16 }, (_, n) => ((n * 7919) % 1000) / 10);
    const noise = new Volume({ data, shape, layout: "x-fastest" });
    const there = () => rotate({ angle: [0, 0, 0.3], paddingMode: "zeros" });
    const back = () => rotate({ angle: [0, 0, -0.3], paddingMode: "zeros" });
    const [once] = await through(lazy(there(), back()), [noise]);
    const [twice] = await through(compose(there(), back()), [noise]);
    expect(middleDifference(once, noise)).toBeLessThan(1e-3);
    expect(middleDifference(twice, noise)).toBeGreaterThan(10);
  });

  test("leaves views, and a single resampling, exactly what they are", async () => {
    for (const make of [
      () => [
        orientation({ axcodes: "PLI" }),
        flip({ spatialAxis: 0 }),
        spatialCrop({ roiStart: [1, 1, 1], roiEnd: [9, 9, 9] }),
      ],
      () => [flip(), spacing({ pixdim: 2 }), randFlip({ prob: 0.5 })],
      () => [spatialPad({ spatialSize: 30 })],
    ] as (() => Step[])[]) {
      const run = (combine: typeof lazy) => through(Reflect.apply(combine, undefined, make()));
      expect((await run(lazy)).map(spelledOut)).toEqual((await run(compose)).map(spelledOut));
    }
  });

  test("resamples in between where neighbours differ in mode or padding, or need samples", async () => {
    for (const make of [
      () => [spacing({ pixdim: 2 }), rotate({ angle: [0.1, 0, 0], paddingMode: "zeros" })],
      () => [spacing({ pixdim: 2 }), rotate({ angle: [0.1, 0, 0], mode: "nearest" })],
      () => [spacing({ pixdim: 2 }), scaleIntensity(), zoom({ zoom: 1.2, mode: "trilinear" })],
      () => [spacing({ pixdim: 2 }), zoom({ zoom: 1.2, mode: "area" })],
      () => [resizeWithPadOrCrop({ spatialSize: 24, value: 7 }), spacing({ pixdim: 2 })],
    ] as (() => Step[])[]) {
      const run = (combine: typeof lazy) => through(Reflect.apply(combine, undefined, make()));
      expect((await run(lazy)).map(spelledOut)).toEqual((await run(compose)).map(spelledOut));
    }
  });

  test("labels keep their type, and stay in step with the image", async () => {
    const keys = ["image", "label"] as const;
    const mode = ["bilinear", "nearest"] as const;
    const image = smooth();
    const label = image.withSamples({
      data: Uint8Array.from(image.storage, (value) => (value > 20 ? 3 : 0)),
      layout: "x-fastest",
    });
    const [item] = await Dataset.from([{ image, label, id: "a" }])
      .pipe(
        lazy(
          spacing({ keys, pixdim: 0.8, mode }),
          randRotate({ keys, prob: 1, rangeX: 0.3, mode }),
          spatialCrop({ keys, roiStart: [4, 4, 4], roiEnd: [15, 15, 15] }),
        ),
      )
      .toArray();
    expect(item).toMatchObject({ id: "a", image: { dtype: "float32" }, label: { dtype: "uint8" } });
    expect(item?.label.affine).toEqual(item?.image.affine);
    let wrong = 0;
    for (const [n, value] of (item?.image.storage ?? []).entries()) {
      if (Math.abs(value - 20) > 8 && (item?.label.storage[n] === 3) !== value > 20) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test("explain() shows what takes part, and a cache splits it at the first random transform", async () => {
    const store = memoryStore({ maxBytes: "1MB" });
    const steps = () =>
      lazy(
        spacing({ pixdim: 1.5 }),
        scaleIntensity(),
        zoom({ zoom: 1.1, mode: "trilinear" }),
        randRotate({ prob: 1, rangeX: 0.2 }),
      );
    const piped = Dataset.from([smooth()]).pipe(steps(), cacheUntilRandom({ store }));
    expect(piped.explain()).toContain("lazy: one resampling with its neighbors");
    expect(piped.explain()).toContain("not lazy");
    const cold = (await piped.epoch(1).toArray()).map(spelledOut);
    expect((await piped.epoch(1).toArray()).map(spelledOut)).toEqual(cold);
    expect((await store.stats()).entries).toBe(1);
    await Dataset.from([smooth()])
      .pipe(
        compose(spacing({ pixdim: 1.5 }), scaleIntensity(), zoom({ zoom: 1.1, mode: "trilinear" })),
        cacheUntilRandom({ store }),
      )
      .toArray();
    expect((await store.stats()).entries).toBe(2);
  });

  test("what is no chain of transforms is refused when it is composed", () => {
    const dataset = Dataset.from([smooth()]);
    const notAChain = [batch(2), map] as unknown as Step[];
    for (const operator of notAChain) {
      expect(() => dataset.pipe(lazy(operator))).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});

/** The greatest difference of two images in the middle half of each axis. */
function middleDifference(one: Volume | undefined, other: Volume | undefined): number {
  let most = 0;
  const [, nx = 0, ny = 0, nz = 0] = one?.shape ?? [];
  const inner = (n: number) => [Math.ceil(n * 0.35), Math.floor(n * 0.65)] as const;
  const [[x0, x1], [y0, y1], [z0, z1]] = [inner(nx), inner(ny), inner(nz)];
  for (let x = x0; x < x1; x++) {
    for (let y = y0; y < y1; y++) {
      for (let z = z0; z < z1; z++) {
        most = Math.max(most, Math.abs((one?.get(0, x, y, z) ?? Number.NaN) - (other?.get(0, x, y, z) ?? Number.NaN)));
      }
    }
  }
  return most;
}
