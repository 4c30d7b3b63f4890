import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldPosition, linearTaps, nearestTaps, roundHalfToEven } from "../../src/kernels/sampling.ts";
import { memoryOrder } from "../../src/kernels/walk.ts";
import { anyVolume } from "../support/volumes.ts";

describe("rounding to a voxel", () => {
  test("takes ties to the even one, whatever rounding noise they bear", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5].map((value) => roundHalfToEven(value) + 0)).toEqual([0, 2, 2, 0, -2]);
    expect([0.5 + 1e-9, 1.5 - 1e-9].map(roundHalfToEven)).toEqual([0, 2]);
    expect([0.51, 1.49].map(roundHalfToEven)).toEqual([1, 1]);
  });
});

describe("a position outside of an image", () => {
  test("is clamped, mirrored at the edge, left to be zero, or clamped up to the outer edge", () => {
    expect([-2, 5].map((at) => foldPosition(at, 4, "border", false))).toEqual([0, 3]);
    expect([-0.75, -1.5, 4, 5.25].map((at) => foldPosition(at, 4, "reflection", false))).toEqual([0, 0.5, 3, 1.75]);
    expect([-1.5, 4].map((at) => foldPosition(at, 4, "reflection", true))).toEqual([1.5, 2]);
    expect(foldPosition(-2, 4, "zeros", false)).toBe(-2);
    expect([-0.5, -0.4, 3.2, 3.5].map((at) => foldPosition(at, 4, "extent", false))).toEqual([0, 0, 3, 3]);
    expect(Array.from(nearestTaps({ from: 2, to: 7, scale: 0.5, shift: -1 }, "extent", false))).toEqual([
      -1, 0, 0, 0, 1, 1, -1,
    ]);
    expect(Array.from(nearestTaps({ from: 2, to: 4, scale: 1, shift: -1 }, "zeros", false))).toEqual([-1, 0, 1, -1]);
  });

  test("never asks for a voxel that is not there, and weights add up to 1 inside", () => {
    const map = fc.record({
      from: fc.integer({ min: 1, max: 9 }),
      to: fc.integer({ min: 1, max: 9 }),
      scale: fc.double({ min: -3, max: 3, noNaN: true }),
      shift: fc.double({ min: -20, max: 20, noNaN: true }),
    });
    fc.assert(
      fc.property(
        map,
        fc.constantFrom("border", "zeros", "reflection", "extent"),
        fc.boolean(),
        (axis, padding, corners) => {
          const taps = linearTaps(axis, padding, corners);
          for (let j = 0; j < axis.to; j++) {
            for (const index of [taps.first[j] ?? -1, taps.second[j] ?? -1]) {
              expect(index >= 0 && index < axis.from).toBe(true);
            }
            const sum = (taps.firstWeight[j] ?? 0) + (taps.secondWeight[j] ?? 0);
            if (padding === "zeros" || padding === "extent") expect(sum).toBeLessThanOrEqual(1);
            else expect(sum + (taps.first[j] === taps.second[j] && sum < 1 ? 1 - sum : 0)).toBeCloseTo(1, 12);
          }
        },
      ),
    );
  });
});

describe("a walk in memory order", () => {
  test("visits every voxel of a view once", () => {
    fc.assert(
      fc.property(anyVolume, fc.subarray([0, 1]), (image, axes) => {
        const volume = image.flip(axes).permute([1, 0, 2].slice(0, image.spatialShape.length));
        const { walk } = memoryOrder(volume.spatialShape, volume.strides.slice(1), volume.offset);
        const seen: number[] = [];
        for (let k = 0; k < walk.counts[0]; k++) {
          for (let j = 0; j < walk.counts[1]; j++) {
            for (let i = 0; i < walk.counts[2]; i++) {
              seen.push(walk.start + k * walk.steps[0] + j * walk.steps[1] + i * walk.steps[2]);
            }
          }
        }
        const size = volume.spatialShape.reduce((a, b) => a * b, 1);
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        expect(new Set(seen).size).toBe(size);
        expect(walk.counts.reduce((a, b) => a * b, 1)).toBe(size);
      }),
    );
  });

  test("is one loop where samples lie without gaps, reversed or not", () => {
    expect(memoryOrder([4, 5, 6], [-1, 4, -20], 103).walk.counts).toEqual([1, 1, 120]);
    expect(memoryOrder([4, 5, 6], [1, 5, 25], 0).walk.counts).toEqual([1, 30, 4]);
  });
});
