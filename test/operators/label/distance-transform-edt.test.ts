import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Volume } from "voxrx";
import { distanceTransformEDT } from "voxrx/operators";
import { optionSets } from "../../conformance/option-sets.ts";
import { valuesAfter } from "../../support/applied.ts";
import { anyLabel, anyMask } from "./flooded.ts";
import { anyLabels } from "./typed-labels.ts";

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
        const distances = await valuesAfter(mask, distanceTransformEDT({ sampling }));
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
    expect(await valuesAfter(two, distanceTransformEDT({ sampling: "spacing" }))).toEqual([5, 2.5, 0, 0, 2.5, 5]);
    await expect(valuesAfter(two, distanceTransformEDT({ sampling: [1, 1, 1] }))).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
    });
  });

  test("is infinite where there is no background, and 0 where there is nothing else", async () => {
    const infinity = Number.POSITIVE_INFINITY;
    const both = new Volume({ data: Uint8Array.of(1, 1, 0, 0), shape: [2, 2, 1], layout: "x-fastest" });
    expect(await valuesAfter(both, distanceTransformEDT())).toEqual([infinity, infinity, 0, 0]);
  });
});

optionSets("distanceTransformEDT", anyLabels, [{ sampling: [1, 2, 3] }]);
