import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatherDoubles } from "../../src/kernels/gather-doubles.ts";
import { canGatherFloats, gatherFloats } from "../../src/kernels/gather-floats.ts";
import { compiledGatherLoops, type GatherLoops, plainGatherLoops } from "../../src/kernels/gather-loops.ts";
import type { GatherPlan } from "../../src/kernels/gather-plan.ts";
import { resampleRows } from "../../src/kernels/resample-rows.ts";
import { type LinearAxis, resampleLinear } from "../../src/kernels/resample-separable.ts";
import { compiledRowLoops, plainRowLoops } from "../../src/kernels/rows.ts";
import { linearTaps, type Surroundings } from "../../src/kernels/sampling.ts";
import { runsOf } from "../support/long.ts";

type Three<T> = readonly [T, T, T];

/** An image and how each of its axes is resampled. */
interface Resampling {
  readonly from: Three<number>;
  readonly to: Three<number>;
  readonly scales: Three<number>;
  readonly shifts: Three<number>;
  readonly padding: Surroundings;
}

const three = <T>(one: fc.Arbitrary<T>) => fc.tuple(one, one, one);
const length = fc.integer({ min: 1, max: 6 });

/** Many positions are exactly at a voxel, so that the next one has no weight. */
const resamplings: fc.Arbitrary<Resampling> = fc.record({
  from: three(length),
  to: three(length),
  scales: three(fc.constantFrom(1, 0.5, 2, 0.25, -1, 1 / 3)),
  shifts: three(fc.constantFrom(0, 0.5, -1, -1.5, 4, 2)),
  padding: fc.constantFrom("border", "zeros", "reflection", "extent"),
});

function tapsOf({ from, to, scales, shifts, padding }: Resampling, axis: 0 | 1 | 2) {
  const map = { from: from[axis], to: to[axis], scale: scales[axis], shift: shifts[axis] };
  return linearTaps(map, padding, false);
}

/** All ways to compute it. */
const kernels: Record<string, (samples: Float64Array, given: Resampling) => Float32Array> = {
  "in double": (samples, given) => {
    const target = new Float32Array(sizeOf(given.to));
    resampleLinear(samples, 0, axesOf(given), target, 0);
    return target;
  },
  "by rows, compiled": (samples, given) => byRows(samples, given, compiledRowLoops()),
  "by rows, plain": (samples, given) => byRows(samples, given, plainRowLoops()),
  "voxel by voxel": (samples, given) => gathered(samples, given, false),
  "voxel by voxel, displaced by nothing": (samples, given) => gathered(samples, given, true),
  "voxel by voxel, compiled": (samples, given) => gathered(samples, given, false, compiledGatherLoops()),
  "voxel by voxel, displaced, compiled": (samples, given) => gathered(samples, given, true, compiledGatherLoops()),
  "voxel by voxel, plain": (samples, given) => gathered(samples, given, false, plainGatherLoops()),
};

function byRows(samples: Float64Array, given: Resampling, loops: Parameters<typeof resampleRows>[5]): Float32Array {
  const target = new Float32Array(sizeOf(given.to));
  resampleRows(Float32Array.from(samples), 0, axesOf(given), target, 0, loops);
  return target;
}

/** With loops, in float32 where that is possible; without, in double. */
function gathered(
  samples: Float64Array,
  { from, to, scales, shifts, padding }: Resampling,
  isDisplaced: boolean,
  loops?: GatherLoops,
): Float32Array {
  const target = new Float32Array(sizeOf(to));
  const still = () => new Float32Array(sizeOf(to));
  const source = { offset: 0, shape: from, strides: [1, from[0], from[0] * from[1]] } as const;
  const plan: GatherPlan = {
    map: [scales[0], 0, 0, shifts[0], 0, scales[1], 0, shifts[1], 0, 0, scales[2], shifts[2], 0, 0, 0, 1],
    shape: to,
    padding,
    alignCorners: false,
    displacement: isDisplaced ? [still(), still(), still()] : undefined,
  };
  const short = { ...source, samples: Float32Array.from(samples) };
  if (loops && canGatherFloats(short, plan)) gatherFloats(short, plan, target, 0, loops);
  else gatherDoubles({ ...source, samples }, plan, target, 0);
  return target;
}

function axesOf(given: Resampling): Three<LinearAxis> {
  const [nx, ny, nz] = given.from;
  return [
    { size: nx, stride: 1, taps: tapsOf(given, 0) },
    { size: ny, stride: nx, taps: tapsOf(given, 1) },
    { size: nz, stride: nx * ny, taps: tapsOf(given, 2) },
  ];
}

function sizeOf([x, y, z]: Three<number>): number {
  return x * y * z;
}

/** For each output, whether a voxel of the image has weight in it. */
function touchedBy(odd: number, given: Resampling): boolean[] {
  const [nx, ny] = given.from;
  const place = [odd % nx, Math.floor(odd / nx) % ny, Math.floor(odd / (nx * ny))];
  const along = ([0, 1, 2] as const).map((axis) => {
    const { first, second, firstWeight, secondWeight } = tapsOf(given, axis);
    return Array.from(
      first,
      (a, j) => (a === place[axis] && firstWeight[j] !== 0) || (second[j] === place[axis] && secondWeight[j] !== 0),
    );
  });
  const [x = [], y = [], z = []] = along;
  return z.flatMap((inZ) => y.flatMap((inY) => x.map((inX) => inX && inY && inZ)));
}

describe("a voxel of weight 0", () => {
  for (const [name, resample] of Object.entries(kernels)) {
    test(`does not matter, even if it is NaN or infinite, resampled ${name}`, () => {
      fc.assert(
        fc.property(
          resamplings,
          fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
          fc.nat(),
          (given, odd, place) => {
            const clean = Float64Array.from({ length: sizeOf(given.from) }, (_, n) => Math.fround(Math.sin(n + 1)));
            const dirty = clean.slice();
            dirty[place % dirty.length] = odd;
            const isTouched = touchedBy(place % dirty.length, given);
            const expected = Array.from(resample(clean, given), (value, n) => (isTouched[n] ? odd : value));
            const got = Array.from(resample(dirty, given));
            // Another order of the same sum can differ in the last bit of a float32.
            const isSame = (value: number, n: number) =>
              Object.is(value, expected[n]) || Math.abs(value - (expected[n] ?? Number.NaN)) <= 2 ** -22;
            expect(got.map((value, n) => (isSame(value, n) ? expected[n] : value))).toEqual(expected);
          },
        ),
        { numRuns: runsOf(150) },
      );
    });
  }

  test("does not matter either where the position has rounding noise", () => {
    const noisy: Resampling = {
      from: [4, 3, 2],
      to: [4, 3, 2],
      scales: [1, 1, 1],
      shifts: [1e-14, -1e-13, 1e-12],
      padding: "border",
    };
    const samples = Float64Array.from({ length: 24 }, (_, n) => (n === 9 ? Number.NaN : n));
    for (const resample of Object.values(kernels)) expect(Array.from(resample(samples, noisy))).toEqual([...samples]);
  });
});
