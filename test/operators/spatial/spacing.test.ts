import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Volume } from "voxrx";
import { orientation, spacing } from "voxrx/operators";
import { applyAffine, invertAffine } from "../../../src/volume/affine-matrix.ts";
import { applied } from "../../support/applied.ts";
import { monaiCases, numbersOf } from "../../support/monai-cases.ts";
import { ofRange } from "../../support/monai-reference.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, ramp, valuesOf } from "../../support/volumes.ts";
import { counted, inOrder, scaled } from "./counted.ts";

function worldValue([x = 0, y = 0, z = 0]: readonly number[]): number {
  return 0.3 * x - 0.2 * y + 0.1 * z;
}

function worldRamp(shape: readonly number[], affine: Float64Array): Volume {
  const empty = ramp([1, ...shape]).withAffine(affine);
  const data = new Float32Array(empty.size);
  let at = 0;
  forEachVoxel(empty, (x, y, z) => {
    data[at++] = worldValue(applyAffine(affine, [x, y, z]));
  });
  return empty.withSamples({ data, layout: "x-fastest" });
}

function forEachVoxel(volume: Volume, visit: (x: number, y: number, z: number, value: number) => void): void {
  const [nx = 1, ny = 1, nz = 1] = volume.spatialShape;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) visit(x, y, z, volume.get(0, x, y, z) ?? Number.NaN);
    }
  }
}

/** Whether a place lies between the centres of the outermost voxels: there the border plays no part. */
function insideOf(image: Volume, place: readonly number[]): boolean {
  const inverse = invert(image.affine);
  return image.spatialShape.every((n, axis) => {
    const at = applyAffine(inverse, place)[axis] ?? Number.NaN;
    return at >= 0 && at <= n - 1;
  });
}

function invert(affine: Float64Array): Float64Array {
  const inverse = invertAffine(affine);
  if (!inverse) throw new Error("not invertible");
  return inverse;
}

describe("spacing", () => {
  const table = [
    { from: [10, 10, 10], size: [1, 1, 1], pixdim: [2, 2, 2], shape: [6, 6, 6], diag: [2, 2, 2], at: [0, 0, 0] },
    {
      from: [10, 9, 8],
      size: [1, 1, 1],
      pixdim: [1.1, 1.2, 0.9],
      shape: [9, 8, 9],
      diag: [1.1, 1.2, 0.9],
      at: [0, 0, 0],
    },
    {
      from: [10, 10, 10],
      size: [-1, -1, 1],
      pixdim: [0.5, 0.5, 2],
      shape: [19, 19, 6],
      diag: [-0.5, -0.5, 2],
      at: [0, 0, 0],
    },
    { from: [4, 5, 6], size: [1, 1, 1], pixdim: [-1, 2, -1], shape: [4, 3, 6], diag: [1, 2, 1], at: [0, 0, 0] },
    { from: [5, 5, 5], size: [1, 1, 1], pixdim: [3], shape: [2, 2, 2], diag: [3, 3, 3], at: [0, 0, 0] },
  ];

  for (const { from, size, pixdim, shape, diag, at } of table) {
    test(`of ${from} voxels of ${size} mm to ${pixdim} mm has MONAI's shape and affine`, async () => {
      const [x = 1, y = 1, z = 1] = size;
      const image = ramp([1, ...from]).withAffine(scaled(x, y, z));
      const result = await applied(image, spacing({ pixdim }));
      expect(result.spatialShape).toEqual(shape);
      const [dx = 0, dy = 0, dz = 0] = diag;
      expect(Array.from(result.affine, (value) => value + 0)).toEqual(Array.from(scaled(dx, dy, dz, at)));
    });
  }

  test("of 512 x 512 x 55 voxels has MONAI's shape", async () => {
    const image = ramp([1, 512, 512, 55], "uint8").withAffine(scaled(0.9765, 0.9765, 5));
    const result = await applied(image, spacing({ pixdim: [1.5, 1.5, 2], mode: "nearest" }));
    expect([result.spatialShape, result.dtype]).toEqual([[334, 334, 136], "uint8"]);
  });

  test("with scaleExtent keeps the outer edges", async () => {
    const image = ramp([1, 10, 10, 10]);
    const result = await applied(image, spacing({ pixdim: 2, scaleExtent: true, alignCorners: true }));
    expect(result.spatialShape).toEqual([5, 5, 5]);
    expect(result.affine).toEqual(scaled(2, 2, 2, [-0.5, -0.5, -0.5]));
  });

  const line = (more = {}) => ({ pixdim: [1, 0.5], ...more });
  const lattice = [
    { options: { pixdim: [1, 2] }, values: [0, 2, 4] },
    { options: line(), values: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4] },
    { options: line({ mode: "nearest" }), values: [0, 0, 1, 2, 2, 2, 3, 4, 4] },
    {
      options: line({ scaleExtent: true, alignCorners: true }),
      values: [0, 0.4444, 0.8889, 1.3333, 1.7778, 2.2222, 2.6667, 3.1111, 3.5556, 4],
    },
    { options: line({ alignCorners: true }), values: [0.2, 0.65, 1.1, 1.55, 2, 2.45, 2.9, 3.35, 3.8] },
    { options: line({ scaleExtent: true }), values: [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4] },
    {
      options: line({ scaleExtent: true, paddingMode: "zeros" }),
      values: [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 3],
    },
    {
      options: line({ scaleExtent: true, paddingMode: "reflection" }),
      values: [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4],
    },
  ];

  for (const { options, values } of lattice) {
    test(`takes 0, 1, 2, 3, 4 to ${values} with ${JSON.stringify(options)}`, async () => {
      const row = new Volume({ data: Float32Array.of(0, 1, 2, 3, 4), shape: [1, 1, 5], layout: "x-fastest" });
      const got = valuesOf(await applied(row, spacing(options)));
      expect(got).toHaveLength(values.length);
      for (const [n, value] of values.entries()) expect(got[n]).toBeCloseTo(value, 4);
    });
  }

  test("to diagonal turns a reversed axis", async () => {
    const image = counted([1, 3, 2, 2], scaled(-4, 5, 6, [4, 0, 0]));
    const result = await applied(image, spacing({ pixdim: [4, 5, 6], diagonal: true }));
    expect(inOrder(result)).toEqual([8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]);
    expect(result.affine).toEqual(scaled(4, 5, 6, [-4, 0, 0]));
  });

  test("to the spacing that an image has is nothing done", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.double({ min: 0.2, max: 4, noNaN: true }), async (volume, size) => {
        const image = volume.withAffine(scaled(size, -size, size, [3, 4, 5]));
        for (const mode of ["nearest", "bilinear"] as const) {
          const result = await applied(image, spacing({ pixdim: image.spacing, mode }));
          expect(valuesOf(result)).toEqual(valuesOf(image));
          expect(result.affine).toEqual(image.affine);
          expect(result.dtype).toBe(mode === "nearest" ? image.dtype : "float32");
          if (result.dtype === image.dtype) expect(result.storage).toBe(image.storage);
        }
      }),
    );
  });

  test("keeps a linear ramp where it is in the world, axis by axis and by gathering alike", async () => {
    const directions = fc.constantFrom(0, 0.3, 1.1);
    await fc.assert(
      fc.asyncProperty(
        directions,
        fc.boolean(),
        fc.double({ min: 0.6, max: 2.5, noNaN: true }),
        async (angle, diagonal, size) => {
          const [c, s] = [Math.cos(angle), Math.sin(angle)];
          const affine = Float64Array.of(1.3 * c, -1.1 * s, 0, 7, 1.3 * s, 1.1 * c, 0, -5, 0, 0, 2, 3, 0, 0, 0, 1);
          const image = worldRamp([6, 7, 5], affine);
          const result = await applied(image, spacing({ pixdim: size, diagonal }));

          let seen = 0;
          forEachVoxel(result, (x, y, z, value) => {
            const place = applyAffine(result.affine, [x, y, z]);
            if (!insideOf(image, place)) return;
            seen++;
            expect(Math.abs(value - worldValue(place))).toBeLessThan(1e-4);
          });
          expect(seen).toBeGreaterThan(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("does not write into its input, and works on views without a copy of them", async () => {
    const image = ramp([2, 4, 5, 6]).flip([1]).permute([2, 0, 1]).crop([1, 0, 1], [6, 4, 5]);
    const before = plain(image);
    const direct = await applied(image, spacing({ pixdim: [0.7, 1.6, 1] }));
    const copied = await applied(image.toContiguous("z-fastest"), spacing({ pixdim: [0.7, 1.6, 1] }));
    expect(plain(image)).toEqual(before);
    expect(valuesOf(direct)).toEqual(valuesOf(copied));
  });

  test("keeps a size within the bounds given", async () => {
    const image = ramp([1, 4, 4, 4]).withAffine(scaled(1.2, 2, 3));
    const result = await applied(image, spacing({ pixdim: 1.5, minPixdim: 1, maxPixdim: 2.5 }));
    expect(result.spacing.map((size) => Number(size.toFixed(6)))).toEqual([1.2, 2, 1.5]);
  });

  test("gives the affine of the shape if asked", async () => {
    const image = ramp([1, 10, 10, 10]);
    const result = await applied(image, spacing({ pixdim: 2, recomputeAffine: true }));
    expect(result.spacing.map((size) => Number(size.toFixed(6)))).toEqual([1.666667, 1.666667, 1.666667]);
  });

  test("gives fields of one grid one shape, each with its own mode", async () => {
    const { Dataset } = await import("voxrx");
    const image = ramp([1, 5, 5, 5]);
    const label = ramp([1, 5, 5, 5], "uint8").withAffine(scaled(1.0004, 1.0004, 1.0004));
    const operator = spacing({ keys: ["image", "label"], pixdim: 0.5, mode: ["bilinear", "nearest"] });
    const [item] = await Dataset.from([{ image, label }]).pipe(operator).toArray();
    expect(item?.image.spatialShape).toEqual(item?.label.spatialShape);
    expect([item?.image.dtype, item?.label.dtype]).toEqual(["float32", "uint8"]);
  });

  test("refuses options that cannot be meant when it is composed", () => {
    const wrong = [
      { pixdim: [] },
      { pixdim: [1, 2, Number.NaN] },
      { pixdim: Number.NaN },
      { pixdim: 1, minPixdim: -1 },
    ];
    for (const options of wrong) {
      expect(
        isVoxRxError(
          attempt(() => spacing(options)),
          "VOXRX_BAD_OPTION",
        ),
        JSON.stringify(options),
      ).toBe(true);
    }
  });

  test("refuses an affine without an inverse, and a result beyond all bounds", async () => {
    const flat = applied(ramp([1, 2, 3, 4]).withAffine(scaled(1, 0, 1)), spacing({ pixdim: 1 }));
    await expect(flat).rejects.toMatchObject({ code: "VOXRX_BAD_AFFINE", operator: "spacing" });
    const huge = applied(ramp([1, 20, 20, 20]), spacing({ pixdim: 0.0001 }));
    await expect(huge).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  });
});

monaiCases("spacing", {
  call(operation, call) {
    const mode = call.includes('"nearest"') ? "nearest" : "bilinear";
    if (operation.startsWith("spacing_1_1_1")) return spacing({ pixdim: [1, 1, 1], mode });
    if (operation.startsWith("spacing_2_2_2")) return spacing({ pixdim: [2, 2, 2], mode });
    if (operation.startsWith("spacing_1.5")) return spacing({ pixdim: [1.5, 1.5, 2], mode });
    if (operation === "spacing_diagonal") return spacing({ pixdim: [2, 2, 2], mode, diagonal: true });
    if (operation === "spacing_x_only") return spacing({ pixdim: [1.7, -1, -1], mode });
    const isChain = operation === "chain";
    return isChain ? [orientation({ axcodes: "RAS" }), spacing({ pixdim: [1.5, 1.5, 2], mode })] : undefined;
  },
  row: ({ pixdim, mode, diagonal, scaleExtent }) =>
    spacing({
      pixdim: numbersOf(pixdim),
      mode: mode === "nearest" ? "nearest" : "bilinear",
      diagonal: diagonal === true,
      scaleExtent: scaleExtent === true,
    }),
  tolerance: ofRange,
});
