import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatherDoubles } from "../../src/kernels/gather-doubles.ts";
import { canGatherFloats, gatherFloats } from "../../src/kernels/gather-floats.ts";
import { compiledGatherLoops, plainGatherLoops } from "../../src/kernels/gather-loops.ts";
import { gatherNearest } from "../../src/kernels/gather-nearest.ts";
import type { GatherPlan, GatherSource } from "../../src/kernels/gather-plan.ts";
import { tilesOf } from "../../src/kernels/gather-tiles.ts";
import { nearestIndex } from "../../src/kernels/sampling.ts";
import type { TypedArray } from "../../src/samples.ts";
import { runsOf } from "../support/long.ts";

const kinds = [Float32Array, Int16Array, Uint16Array, Uint8Array, Int8Array] as const;
const three = <T>(one: fc.Arbitrary<T>) => fc.tuple(one, one, one);
const size = fc.oneof({ arbitrary: fc.integer({ min: 1, max: 7 }), weight: 3 }, fc.constantFrom(20, 70));

/** An image in any layout, a map that turns, scales and shifts, and perhaps a displacement. */
const anyCase = fc
  .record({
    kind: fc.constantFrom(...kinds),
    from: three(size),
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    reversed: three(fc.boolean()),
    gap: fc.constantFrom(1, 1, 2),
    to: three(size),
    turn: fc.constantFrom(0, 0.3, Math.PI / 2, -2),
    tilt: fc.constantFrom(0, 0.2),
    scale: fc.constantFrom(1, 0.5, -1, 1.7, 3.3, 1 / 3),
    shift: three(fc.constantFrom(0, 0.5, -2.25, 6, 1e6)),
    padding: fc.constantFrom("border", "zeros", "reflection", "extent"),
    alignCorners: fc.boolean(),
    isDisplaced: fc.boolean(),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .filter(({ from, to }) => from[0] * from[1] * from[2] < 20_000 && to[0] * to[1] * to[2] < 20_000)
  .map(
    ({ kind, from, order, reversed, gap, to, turn, tilt, scale, shift, padding, alignCorners, isDisplaced, seed }) => {
      const strides: [number, number, number] = [0, 0, 0];
      let [step, offset] = [gap, 2];
      for (const axis of order) {
        const n = from[axis] ?? 1;
        strides[axis] = reversed[axis] ? -step : step;
        if (reversed[axis]) offset += (n - 1) * step;
        step *= n;
      }
      const samples = new kind(step + 2);
      for (let i = 0; i < samples.length; i++) samples[i] = Math.sin(i * 12.9898 + seed) * 5000;
      const source: GatherSource = { samples, offset, shape: from, strides };
      const [c, s, t] = [Math.cos(turn) * scale, Math.sin(turn) * scale, tilt * scale];
      const vectors = (phase: number) =>
        Float32Array.from({ length: to[0] * to[1] * to[2] }, (_, i) => 3 * Math.sin(i + phase));
      const plan: GatherPlan = {
        map: [c, -s, 0, shift[0], s, c, t, shift[1], 0, -t, scale, shift[2], 0, 0, 0, 1],
        shape: to,
        padding,
        alignCorners,
        displacement: isDisplaced ? [vectors(0), vectors(1), vectors(2)] : undefined,
      };
      return { source, plan };
    },
  );

function lengthOf({ shape }: GatherPlan): number {
  return shape[0] * shape[1] * shape[2];
}

function floats(source: GatherSource, plan: GatherPlan, loops = compiledGatherLoops()): Float32Array {
  const target = new Float32Array(lengthOf(plan) + 1);
  gatherFloats(source, plan, target, 1, loops);
  return target;
}

function copyOf({ samples, offset, shape, strides }: GatherSource): GatherSource {
  const copy = samples.slice(0, shape[0] * shape[1] * shape[2]);
  let at = 0;
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++) {
        copy[at++] = samples[offset + x * strides[0] + y * strides[1] + z * strides[2]] ?? 0;
      }
    }
  }
  return { samples: copy, offset: 0, shape, strides: [1, shape[0], shape[0] * shape[1]] };
}

function bytesOf({ buffer, byteOffset, byteLength }: TypedArray): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("hex");
}

/** The position of each output voxel, straight from the definition. */
function positionsOf({ map: m, shape, displacement }: GatherPlan): number[][] {
  const found: number[][] = [];
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let i = 0; i < shape[0]; i++) {
        const at = found.length;
        const [x, y, z] = [i, j, k].map((index, axis) => index + (displacement?.[axis]?.[at] ?? 0));
        const along = (row: number) =>
          [x, y, z, 1].reduce<number>((sum, value, n) => sum + (m[4 * row + n] ?? 0) * (value ?? 0), 0);
        found.push([along(0), along(1), along(2)]);
      }
    }
  }
  return found;
}

describe("linear gathering in float32", () => {
  const possible = anyCase.filter(({ source, plan }) => canGatherFloats(source, plan));

  test("gives the same bytes compiled and plain", () => {
    expect(compiledGatherLoops(), "WebAssembly with SIMD").toBeDefined();
    fc.assert(
      fc.property(possible, ({ source, plan }) => {
        expect(bytesOf(floats(source, plan))).toBe(bytesOf(floats(source, plan, plainGatherLoops())));
      }),
      { numRuns: runsOf(100) },
    );
  });

  test("gives the same bytes for a view and its copy", () => {
    fc.assert(
      fc.property(possible, ({ source, plan }) => {
        expect(bytesOf(floats(source, plan))).toBe(bytesOf(floats(copyOf(source), plan)));
      }),
      { numRuns: runsOf(100) },
    );
  });

  test("agrees with interpolation in double", () => {
    fc.assert(
      fc.property(possible, ({ source, plan }) => {
        const doubles = new Float32Array(lengthOf(plan) + 1);
        gatherDoubles(source, plan, doubles, 1);
        const furthest = floats(source, plan).reduce(
          (most, value, i) => Math.max(most, Math.abs(value - (doubles[i] ?? 0))),
          0,
        );
        // Neighbors differ by up to 10,000, and a position can be off by 64 * 2^-25 voxels.
        expect(furthest).toBeLessThan(0.1);
      }),
      { numRuns: runsOf(150) },
    );
  });

  test("reads only what a box of the output needs", () => {
    fc.assert(
      fc.property(possible, fc.integer({ min: 1, max: 400 }), ({ source, plan }, most) => {
        const whole = floats(source, plan);
        const pieces = new Float32Array(lengthOf(plan) + 1);
        gatherFloats(source, plan, pieces, 1, compiledGatherLoops(), most);
        const furthest = pieces.reduce((max, value, i) => Math.max(max, Math.abs(value - (whole[i] ?? 0))), 0);
        expect(furthest).toBeLessThan(0.1);
        for (const { image, output } of tilesOf(source, plan, most)) {
          const isOne = output.shape.every((n) => n === 1);
          if (!isOne) expect(image.shape[0] * image.shape[1] * image.shape[2]).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: runsOf(100) },
    );
  });
});

describe("nearest gathering", () => {
  test("takes the voxel that its position rounds to, ties to even", () => {
    fc.assert(
      fc.property(anyCase, ({ source, plan }) => {
        const { samples, offset, shape, strides } = source;
        const target = samples.slice(0, 1).fill(0);
        const expected = positionsOf(plan).map((position) => {
          const place = position.map((at, axis) => nearestIndex(at, shape[axis] ?? 1, plan.padding, plan.alignCorners));
          if (place.some((index) => index < 0)) return 0;
          return samples[place.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), offset)] ?? 0;
        });
        const found = new (target.constructor as typeof Float32Array)(expected.length);
        for (const loops of [compiledGatherLoops(), plainGatherLoops()]) {
          gatherNearest(source, plan, found.fill(0), 0, loops);
          expect(Array.from(found)).toEqual(expected);
        }
      }),
      { numRuns: runsOf(150) },
    );
  });
});
