import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spacedGrid } from "../../src/volume/grid.ts";
import { resample } from "../../src/volume/resample-volume.ts";
import { resized } from "../../src/volume/resize-volume.ts";
import { Volume } from "../../src/volume/volume.ts";

type Step = (volume: Volume) => Volume;

/** Views that change the order of memory, and all ways to resample along axes. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.shuffledSubarray([0, 1, 2], { minLength: 3 }).map(
    (order): Step =>
      (volume) =>
        volume.permute(order),
  ),
  fc.subarray([0, 1, 2]).map(
    (axes): Step =>
      (volume) =>
        volume.flip(axes),
  ),
  fc.constant<Step>((volume) => volume.crop([0, 1, 0], [...volume.spatialShape])),
  fc.record({ mm: fc.constantFrom(0.7, 1, 1.5), mode: fc.constantFrom("bilinear", "nearest") }).map(
    ({ mm, mode }): Step =>
      (volume) => {
        const grid = { shape: volume.spatialShape, affine: volume.affine };
        const target = spacedGrid(grid, [mm, 1.1, mm], { diagonal: false, scaleExtent: false });
        return resample(volume, target, { mode, padding: "border", alignCorners: false });
      },
  ),
  fc.record({ to: fc.constantFrom(4, 7), mode: fc.constantFrom("area", "nearest", "trilinear") }).map(
    ({ to, mode }): Step =>
      (volume) =>
        resized(volume, [to, 6, to + 1], { mode, alignCorners: false }),
  ),
);

const kinds = [Int16Array, Float32Array, Uint8Array, Float64Array];

describe("a chain of views and resamplings", () => {
  test("gives the same bytes, cut at any place by a copy in any layout", () => {
    const steps = fc.array(step, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(steps, fc.constantFrom(...kinds), fc.integer({ min: 1, max: 2 }), (chain, kind, channels) => {
        const data = new kind(channels * 7 * 6 * 5).map((_, n) => Math.sin(n * 12.9898) * 900);
        const image = new Volume({ data, shape: [channels, 7, 6, 5], layout: "x-fastest" });
        const whole = bytesOf(chain.reduce((volume, next) => next(volume), image));
        for (const layout of ["x-fastest", "z-fastest"] as const) {
          for (const place of chain.keys()) {
            const cut = chain.reduce((volume, next, n) => {
              const result = next(volume);
              return n === place ? result.toContiguous(layout) : result;
            }, image);
            expect(bytesOf(cut)).toBe(whole);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

function bytesOf({ samples, shape, affine }: Volume): string {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString("hex");
  return `${shape} ${affine} ${bytes}`;
}
