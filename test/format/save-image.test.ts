import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderLayout, readHeader, readVolume, saveImage, Volume, writeNifti } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { runsOf } from "../support/long.ts";
import {
  checkByNiftiTool,
  hasNibabel,
  hasNiftiTool,
  readByItk,
  readByNibabel,
  readByNumpy,
} from "../support/reference-readers.ts";
import { anyVolume, ramp, valuesOf } from "../support/volumes.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
let count = 0;
const fresh = (ending: string) => join(folder.path, `${count++}${ending}`);

/** An affine that turns, scales and moves, as far as float32 holds it. */
const anyAffine = fc
  .tuple(
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.double({ min: 0.3, max: 4, noNaN: true }),
    fc.double({ min: -500, max: 500, noNaN: true }),
    fc.boolean(),
  )
  .map(([angle, size, shift, mirrored]) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const x = mirrored ? -size : size;
    return [c * x, -s * 1.5, 0, shift, s * x, c * 1.5, 0, -shift / 2, 0, 0, size * 2, 7];
  })
  .map((rows) => Float64Array.from([...rows.map(Math.fround), 0, 0, 0, 1]));

const channelsFirst = ({ shape }: Volume) => shape;

describe.each([".nii", ".nii.gz", ".nrrd"])("a volume saved as %s", (ending) => {
  test("comes back with its samples, type, shape and place, whatever it was a view of", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, anyAffine, fc.boolean(), async (volume, affine, isTurned) => {
        // float64 is read as float32 unless asked for, and a plane with channels has a z of 1 in NIfTI.
        fc.pre(!(volume.spatialShape.length === 2 && volume.channels > 1));
        const placed = volume.withAffine(affine);
        const saved = isTurned ? placed.flip([0]) : placed;
        const path = fresh(ending);
        expect(await saveImage(saved, path)).toEqual([path]);
        const back = await readVolume(path, { dtype: saved.dtype });
        expect([back.shape, back.dtype]).toEqual([channelsFirst(saved), saved.dtype]);
        expect(valuesOf(back)).toEqual(valuesOf(saved));
        const isFlat = saved.spatialShape.length === 2;
        for (const [n, value] of saved.affine.entries()) {
          // The axis across a plane is not stored by every format.
          if (!(isFlat && n % 4 === 2)) expect(back.affine[n]).toBeCloseTo(value, 3);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("NIfTI-2", () => {
  test("is written where asked for, or where a size needs it, with the affine in double", async () => {
    const volume = ramp([2, 3, 4, 5], "int16").withAffine([1 / 3, 0, 0, 1e-9, 0, 0.7, 0, 2, 0, 0, 1.1, 3, 0, 0, 0, 1]);
    const path = fresh(".nii");
    await writeNifti(volume, path, { version: 2 });
    expect(await readHeader(path)).toMatchObject({ format: "nifti2", shape: [2, 3, 4, 5] });
    const back = await readVolume(path);
    expect([valuesOf(back), Array.from(back.affine)]).toEqual([valuesOf(volume), Array.from(volume.affine)]);
    const long = fresh(".nii.gz");
    await saveImage(new Volume({ data: new Uint8Array(40_000).fill(3), shape: [1, 40_000, 1, 1] }), long);
    expect(await readHeader(long)).toMatchObject({ format: "nifti2", shape: [1, 40_000, 1, 1] });
  });
});

describe.skipIf(!hasNibabel)("what is written is read by nibabel and NumPy alike", () => {
  const oblique = [-0.9, 0.1, 0, 30, 0.1, 0.9, 0.05, -20, 0, -0.05, 2, 5, 0, 0, 0, 1];
  const dtypes = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"] as const;
  const volumeOf = (dtype: (typeof dtypes)[number]) => ramp([1, 4, 3, 5], dtype).withAffine(oblique).flip([1]);

  test.each([1, 2] as const)("NIfTI-%i of every type", async (niftiVersion) => {
    const paths = dtypes.map(() => fresh(".nii.gz"));
    for (const [n, dtype] of dtypes.entries()) await saveImage(volumeOf(dtype), paths[n] ?? "", { niftiVersion });
    const seen = readByNibabel(paths);
    for (const [n, dtype] of dtypes.entries()) {
      const volume = volumeOf(dtype);
      expect(seen[n]).toMatchObject({ shape: [4, 3, 5], dtype, values: valuesOf(volume) });
      for (const [at, value] of (seen[n]?.affine ?? []).flat().entries())
        expect(value).toBeCloseTo(volume.affine[at] ?? 0, 5);
    }
  });

  test("arrays of every type", async () => {
    const paths = dtypes.map(() => fresh(".npy"));
    for (const [n, dtype] of dtypes.entries()) await saveImage(volumeOf(dtype), paths[n] ?? "");
    const seen = readByNumpy(paths);
    for (const [n, dtype] of dtypes.entries()) {
      const values = Array.from(volumeOf(dtype).toContiguous("z-fastest").storage);
      expect(seen[n]).toEqual({ shape: [1, 4, 3, 5], dtype, values });
    }
  });
});

test("ITK reads NRRD as it was saved: place, types and channels", async () => {
  for (const [dtype, channels] of [
    ["uint8", 1],
    ["int16", 3],
    ["float32", 2],
    ["float64", 1],
  ] as const) {
    // ITK keeps no shear: columns that are not at right angles would come back changed.
    const straight = ramp([channels, 4, 3, 5], dtype)
      .withAffine([-0.9, 0, 0, 30, 0, 0, 1.5, -20, 0, -0.7, 0, 5, 0, 0, 0, 1])
      .flip([1]);
    const path = fresh(".nrrd");
    await saveImage(straight, path);
    const read = await readByItk(path);
    expect([read.size, read.dtype]).toEqual([[4, 3, 5], dtype]);
    for (const [n, value] of read.affine.entries()) expect(value).toBeCloseTo(straight.affine[n] ?? 0, 6);
    const voxels = valuesOf(straight).length / channels;
    expect(read.values).toEqual(
      Array.from(
        { length: voxels * channels },
        (_, n) => valuesOf(straight)[(n % channels) * voxels + Math.floor(n / channels)],
      ),
    );
  }
});

test.skipIf(!hasNiftiTool)("nifti_tool finds nothing wrong with what is written", async () => {
  const path = fresh(".nii");
  await saveImage(ramp([3, 4, 5, 6], "float32"), path);
  expect(checkByNiftiTool(path)).toMatch(/header IS GOOD[\s\S]*nifti_image IS GOOD/);
});

describe("raster images", () => {
  test("hold 8 and 16 bits exactly, one for each slice of a 3D image", async () => {
    for (const dtype of ["uint8", "uint16"] as const) {
      for (const channels of [1, 2, 3, 4]) {
        const plane = ramp([channels, 5, 4], dtype, dtype === "uint16" ? 60_000 : 0);
        const path = fresh(".png");
        expect(await saveImage(plane, path)).toEqual([path]);
        const back = await readVolume(path);
        expect([back.shape, back.dtype, valuesOf(back)]).toEqual([[channels, 5, 4], dtype, valuesOf(plane)]);
        const said = await sharp(path).metadata();
        expect([said.width, said.height, said.channels, said.bitsPerSample]).toEqual([
          5,
          4,
          channels,
          dtype === "uint16" ? 16 : 8,
        ]);
      }
    }
    const solid = ramp([1, 3, 2, 12], "uint8");
    const paths = await saveImage(solid, join(folder.path, "slices.png"));
    expect(paths.length).toBe(12);
    expect(paths[3]).toBe(join(folder.path, "slices_z003.png"));
    expect(valuesOf(await readVolume(paths[3] ?? ""))).toEqual(valuesOf(solid.slice(2, 3)));
  });

  test("of other values need a window", async () => {
    const ct = new Volume({
      data: Float32Array.of(-1000, -160, 40, 240, 1000, Number.NaN),
      shape: [1, 3, 2],
      layout: "x-fastest",
    });
    await expect(saveImage(ct, fresh(".png"))).rejects.toMatchObject({
      code: "VOXRX_WRITE_FAILED",
      remedy: expect.stringContaining("range"),
    });
    const path = fresh(".png");
    await saveImage(ct, path, { range: [-160, 240] });
    expect(valuesOf(await readVolume(path))).toEqual([0, 0, 128, 255, 255, 0]);
  });
});

test("values are rounded to the nearest and kept within the type, whatever view they are of", async () => {
  const many = ramp([2, 40, 30, 3], "float64", -1000).flip([0, 2]);
  const file = fresh(".nii.gz");
  await saveImage(many, file, { dtype: "int8" });
  expect(valuesOf(await readVolume(file))).toEqual(valuesOf(many).map((value) => Math.min(Math.max(value, -128), 127)));
  const values = new Volume({
    data: Float32Array.of(-3.2, 0.4, 0.6, 254.7, 300, 12),
    shape: [1, 3, 2, 1],
    layout: "x-fastest",
  });
  const path = fresh(".nrrd");
  await saveImage(values, path, { dtype: "uint8" });
  const back = await readVolume(path);
  expect([back.dtype, valuesOf(back)]).toEqual(["uint8", [0, 0, 1, 255, 255, 12]]);
});

test("what cannot be written is refused, and nothing half-written is left", async () => {
  const volume = ramp([1, 2, 2, 2]);
  await expect(saveImage(volume, fresh(".tiff"))).rejects.toMatchObject({ code: "VOXRX_WRITE_FAILED" });
  await expect(saveImage(volume, join(folder.path, "no", "such", "a.nii"))).rejects.toMatchObject({
    code: "VOXRX_WRITE_FAILED",
  });
  await expect(saveImage(ramp([5, 2, 2], "uint8"), fresh(".png"))).rejects.toMatchObject({
    code: "VOXRX_WRITE_FAILED",
  });
  await expect(saveImage(volume, fresh(".png"), { range: [1, 1] })).rejects.toMatchObject({
    code: "VOXRX_BAD_OPTION",
  });
  await writeFile(join(folder.path, "file"), "");
  await expect(saveImage(volume, join(folder.path, "file", "a.nii"))).rejects.toMatchObject({
    code: "VOXRX_WRITE_FAILED",
  });
  expect((await readdir(folder.path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

describe("folderLayout", () => {
  test("gives MONAI's names", () => {
    expect(folderLayout({ dir: "/test_run_1", subject: "test.abc", postfix: "seg", extension: ".test" })).toBe(
      "/test_run_1/test_seg.test",
    );
    expect(
      folderLayout({
        dir: "out",
        subject: "Sub-A",
        postfix: "seg",
        idx: "00",
        entities: { modality: "T1" },
        extension: "nii",
      }),
    ).toBe("out/Sub-A_seg_00_modality-T1.nii");
    expect(
      folderLayout({
        dir: "out",
        subject: "scans/site1/s.01.nii.gz",
        sourceDir: "scans",
        separateFolder: true,
        extension: ".nii.gz",
      }),
    ).toBe("out/site1/s.01/s.01.nii.gz");
  });

  test("keeps numbers that tell subjects apart, and takes endings off", () => {
    const name = (subject: string) => folderLayout({ dir: "out", subject });
    expect(["scan.01", "scan.02", "s.01.nii.gz", "a.b.MHA", "dicom?series=1.2.840", "x.npz?array=a"].map(name)).toEqual(
      ["scan.01", "scan.02", "s.01", "a.b", "dicom_1.2.840", "x_a"].map((stem) => `out/${stem}`),
    );
  });

  test("never leaves its folder, whatever the names hold", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.boolean(), (subject, postfix, separateFolder) => {
        const path = folderLayout({ dir: "/out", subject, postfix, separateFolder, extension: ".nii" });
        expect(path.startsWith("/out/")).toBe(true);
        expect(path.slice("/out/".length).split("/").length).toBe(separateFolder ? 2 : 1);
        expect(path).not.toMatch(/\/\.\.?(\/|$)/);
      }),
      { numRuns: runsOf(500) },
    );
    expect(folderLayout({ dir: "/out", subject: "../../etc/passwd" })).toBe("/out/passwd");
    expect(folderLayout({ dir: "/out", subject: "a", extension: "/../../etc/x" })).toBe("/out/a._.._.._etc_x");
    expect(() => folderLayout({ dir: "/out", subject: "/etc/passwd", sourceDir: "/data" })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
    );
  });
});
