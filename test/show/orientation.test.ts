import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readVolume, show, Volume } from "voxrx";
import { viewAcross } from "../../src/show/plane-view.ts";
import { temporaryFolder } from "../support/folder.ts";
import { casesOf, runsLongTests } from "../support/long.ts";
import { pngFile } from "../support/png-file.ts";
import { sharedData, sharedFile } from "../support/shared.ts";
import { boxOf, brightestIn, head, organs, pixelsIn, storageOrders, straight, turned } from "../support/shown.ts";

const options = { title: false, width: 60 } as const;

/** The first and each eleventh of many; all in long tests. */
const someOf = <T>(all: readonly T[]) => (runsLongTests ? all : all.filter((_, n) => n % 11 === 0));

describe("a figure is the same however the image is stored", () => {
  const kinds: [kind: string, affine: ReturnType<typeof turned>][] = [
    ["oblique", turned(17, 1.1)],
    ["straight", straight(1, 1, 1)],
    ["anisotropic", straight(1, 1.5, 2.5)],
  ];
  test.each(casesOf(kinds))("%s: all 48 orders of axes", (_, affine) => {
    const image = head([22, 18, 9], affine);
    const [first, ...others] = storageOrders(image).map((stored) => show(stored, options).bytes);
    expect(others).toHaveLength(47);
    for (const other of others) expect(other).toEqual(first);
  });

  test("with a label on the same grid, and with one on another", () => {
    const image = head([22, 18, 10], straight(1, 1, 2));
    for (const affine of [straight(1, 1, 2), straight(0.8, 1.3, 1.7)]) {
      const label = organs([22, 18, 10], affine, image);
      const [first, ...others] = someOf(storageOrders(image)).map(
        (stored) => show({ image: stored, label }, options).bytes,
      );
      for (const other of others) expect(other).toEqual(first);
      const [, ...turnedLabels] = someOf(storageOrders(label)).map(
        (stored) => show({ image, label: stored }, options).bytes,
      );
      for (const other of turnedLabels) expect(other).toEqual(first);
    }
  });

  test("chosen slices count from the left, the back and the bottom", () => {
    const image = head([12, 14, 16], straight(1, 1, 1));
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      const [first, ...others] = someOf(storageOrders(image)).map(
        (v) => show(v, { ...options, plane, at: [2, 9] }).bytes,
      );
      for (const other of others) expect(other).toEqual(first);
    }
  });

  test.skipIf(!sharedData)("one head that was stored in twelve orders", async () => {
    const codes = ["RAS", "AIL", "ALS", "ILP", "IPL", "LAS", "LPS", "PIR", "PSL", "RPI", "SAR", "SRA"];
    const volumes = await Promise.all(codes.map((code) => readVolume(sharedFile("orient", `${code}.nii.gz`))));
    const [first, ...others] = volumes.map((volume) => show(volume, options).bytes);
    for (const [n, other] of others.entries()) expect(other, codes[n + 1]).toEqual(first);
  });

  test.skipIf(!sharedData)("one brain that was stored from left to right and from right to left", async () => {
    const read = (side: string) => readVolume(sharedFile("nifti1", `avg152T1_${side}_nifti.nii.gz`));
    expect(show(await read("LR"), options).bytes).toEqual(show(await read("RL"), options).bytes);
  });
});

describe("sides are where the letters say", () => {
  const image = head([21, 21, 21], straight(1, 1, 1));

  /** Where the bright right ear is. */
  const earIn = (options: Parameters<typeof show>[1]) => {
    const pixels = pixelsIn(show(image, { ...options, title: false, width: 100, range: [0, 1000] }));
    const box = boxOf(pixels);
    return brightestIn(pixels, { ...box, top: box.top + 45, height: 12, left: box.left + 14, width: box.width - 28 });
  };

  test("the patient's right is at the left of the figure, and at its right by the neurological convention", () => {
    expect(earIn({ plane: "axial" }).x).toBeLessThan(0.3);
    expect(earIn({ plane: "axial", convention: "neurological" }).x).toBeGreaterThan(0.65);
    expect(earIn({ plane: "coronal" }).x).toBeLessThan(0.3);
  });

  test.each([
    ["axial", "radiological", ["R", "L", "A", "P"]],
    ["coronal", "radiological", ["R", "L", "S", "I"]],
    ["sagittal", "radiological", ["A", "P", "S", "I"]],
    ["axial", "neurological", ["L", "R", "A", "P"]],
    ["coronal", "neurological", ["L", "R", "S", "I"]],
    ["sagittal", "neurological", ["A", "P", "S", "I"]],
  ] as const)("%s, %s", (plane, convention, [left, right, top, bottom]) => {
    const axis = ["sagittal", "coronal", "axial"].indexOf(plane);
    expect(viewAcross(image, axis, convention).letters).toEqual({ left, right, top, bottom });
  });

  test("front and top are up: a bright voxel is where it should be", () => {
    for (const [plane, voxel, side] of [
      ["axial", [5, 9, 5], "front"],
      ["coronal", [5, 5, 9], "top"],
      ["sagittal", [5, 5, 9], "top"],
    ] as const) {
      const data = new Float32Array(1331);
      data[voxel[0] + 11 * (voxel[1] + 11 * voxel[2])] = 1;
      const volume = new Volume({ data, shape: [1, 11, 11, 11], layout: "x-fastest" });
      const pixels = pixelsIn(show(volume, { plane, title: false, width: 110, interpolation: "nearest" }));
      const box = boxOf(pixels);
      // Voxel 9 of 0 to 10 is the second from the top.
      expect(pixels.at(box.left + 55, box.top + 19), `${plane}: ${side}`).toEqual([255, 255, 255]);
      expect(pixels.at(box.left + 55, box.top + 85)).toEqual([0, 0, 0]);
    }
  });
});

describe("2D images are upright", () => {
  test("a PNG is shown pixel by pixel as it is", async () => {
    await using folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(1, 3),
        fc.infiniteStream(fc.nat(255)),
        async (width, height, channels, bytes) => {
          const row = () => [0, ...Array.from({ length: width * channels }, () => bytes.next().value ?? 0)];
          const rows = Array.from({ length: height }, row);
          const path = join(folder.path, "a.png");
          const colorType = channels === 1 ? 0 : 2;
          await writeFile(path, pngFile({ width, height, colorType, depth: 8, lines: Uint8Array.from(rows.flat()) }));
          const image = await readVolume(path);
          const pixels = pixelsIn(show(image, { title: false, scale: 1, range: [0, 255] }));
          expect([pixels.width - 16, pixels.height - 16]).toEqual([width, height]);
          for (const [y, [, ...values]] of rows.entries()) {
            for (let x = 0; x < width; x++) {
              const [first = 0, ...rest] = values.slice(x * channels, (x + 1) * channels);
              const wanted = channels === 1 ? [first, first, first] : [first, ...rest];
              expect(pixels.at(8 + x, 8 + y)).toEqual(wanted);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("a slice of a scan is turned like the scan", () => {
    const image = head([20, 18, 16], straight(1, 1, 1)).withMeta({ format: "nifti1" });
    for (const [axis, plane] of (["sagittal", "coronal", "axial"] as const).entries()) {
      const index = 7;
      const slice = image.slice(axis, index);
      const range = [0, 1000] as const;
      const shown = show(image, { ...options, range, plane, at: index }).bytes;
      expect(show(slice, { ...options, range }).bytes).toEqual(shown);
      expect(show(slice.flip([1]).permute([1, 0]), { ...options, range }).bytes).toEqual(shown);
    }
  });
});

describe("proportions are those of the body", () => {
  test.each([
    ["axial", [1, 2, 4], 60, 120],
    ["coronal", [1, 2, 4], 30, 120],
    ["sagittal", [1, 2, 4], 60, 120],
    ["axial", [3, 1, 1], 120, 40],
  ] as const)("%s slices of voxels of %s mm", (plane, [x, y, z], width, height) => {
    const image = head([10, 10, 10], straight(x, y, z));
    const box = boxOf(pixelsIn(show(image, { plane, title: false, width: 120 })));
    // There is room for letters beside a narrow slice.
    expect([box.width, box.height]).toEqual([Math.max(48, width), Math.max(48, height)]);
  });

  test("scale is pixels for the shortest edge of a voxel", () => {
    const image = head([20, 30, 40], straight(0.5, 1, 1));
    const box = boxOf(pixelsIn(show(image, { plane: "coronal", title: false, scale: 3 })));
    expect([box.width, box.height]).toEqual([60, 240]);
  });
});
