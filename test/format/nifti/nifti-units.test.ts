import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeVolume, encodeNifti, readHeader, readVolume, Volume, writeNifti } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { type NiftiFile, niftiFile } from "../../support/nifti-file.ts";
import { sharedFile } from "../../support/shared.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const eight: NiftiFile = { type: "uint8", dims: [2, 2, 2], values: [0, 1, 2, 3, 4, 5, 6, 7] };

/** A file with a unit: the code of space plus that of time. */
function inUnits(units: number, file: Partial<NiftiFile>): Buffer {
  const { single } = niftiFile({ ...eight, ...file });
  if (file.version === 2) single.writeInt32LE(units, 500);
  else single.writeUInt8(units, 123);
  return single;
}

test.skipIf(!existsSync(sharedFile("trouble")))("a NIfTI in microns is read in mm", async () => {
  const path = sharedFile("trouble", "microns.nii");
  expect((await readVolume(path)).spacing).toEqual([0.5, 0.5, 1]);
  expect((await readHeader(path)).spacing).toEqual([0.5, 0.5, 1]);
});

describe("the unit of a NIfTI header", () => {
  const srow = [0, -2, 0, 10, 4, 0, 0, -20, 0, 0, 8, 30];
  const forms: [name: string, file: Partial<NiftiFile>, affine: number[]][] = [
    ["sform", { sformCode: 2, srow }, srow],
    ["sform of NIfTI-2", { version: 2, sformCode: 2, srow }, srow],
    ["qform", { qformCode: 1, pixdim: [-1, 2, 4, 8], qoffset: [10, 20, 30] }, [2, 0, 0, 10, 0, 4, 0, 20, 0, 0, -8, 30]],
    ["voxel sizes only", { pixdim: [1, 2, 4, 8] }, [-2, 0, 0, 1, 0, 4, 0, -2, 0, 0, 8, -4]],
  ];
  const units: [name: string, code: number, scale: (value: number) => number][] = [
    ["none", 0, (value) => value],
    ["meters", 1, (value) => value * 1000],
    ["mm, with ms", 2 + 16, (value) => value],
    ["microns, with us", 3 + 24, (value) => value / 1000],
  ];
  test.each(forms.flatMap((form) => units.map((unit) => [unit[0], form[0], unit, form] as const)))(
    "%s, holds for the affine from the %s",
    async (_name, _form, [, code, scale], [, file, affine]) => {
      const path = join(folder.path, "a.nii");
      await writeFile(path, inUnits(code, file));
      const volume = await readVolume(path);
      expect(Array.from(volume.affine.subarray(0, 12), (value) => value + 0)).toEqual(affine.map(scale));
      const header = await readHeader(path);
      expect([header.affine, header.spacing, header.header]).toEqual([
        volume.affine,
        volume.spacing,
        volume.meta.header,
      ]);
      expect(header.header.xyztUnits).toBe(code);
      await writeNifti(volume, join(folder.path, "b.nii"));
      const back = await readHeader(join(folder.path, "b.nii"));
      expect([Array.from(back.affine), (back.header.xyztUnits as number) & 7]).toEqual([
        Array.from(volume.affine, Math.fround),
        2,
      ]);
    },
  );

  test("holds for a pair of files", async () => {
    const { header, samples } = niftiFile({ ...eight, pair: true, sformCode: 1, srow });
    header.writeUInt8(3, 123);
    await writeFile(join(folder.path, "p.hdr"), header);
    await writeFile(join(folder.path, "p.img"), samples);
    for (const name of ["p.hdr", "p.img"]) {
      expect((await readVolume(join(folder.path, name))).spacing).toEqual([0.004, 0.002, 0.008]);
    }
  });
});

describe("FreeSurfer's long first dimension", () => {
  /** A file of that many bytes, each its own number modulo 251, with these sizes in its header. */
  function surface(dims: readonly number[], count: number, file: Partial<NiftiFile> = {}, glMin = 0): Buffer {
    const { single } = niftiFile({ ...eight, dims, values: [], ...file });
    if (file.version !== 2) single.writeInt32LE(glMin, 144);
    return Buffer.concat([single, Uint8Array.from({ length: count }, (_, n) => n % 251)]);
  }
  const decode = (bytes: Uint8Array) => decodeVolume(bytes, { name: "a.nii" });

  test("of the sphere of 163842 vertices is undone, with its frames", async () => {
    const volume = await decode(surface([27307, 1, 6, 2], 2 * 163842));
    expect(volume.shape).toEqual([2, 163842, 1, 1]);
    expect([volume.get(0, 163841, 0, 0), volume.get(1, 0, 0, 0)]).toEqual([163841 % 251, 163842 % 251]);
  });

  test("of -1 is the number in glmin", async () => {
    const path = join(folder.path, "long.nii");
    await writeFile(path, surface([-1, 1, 1, 1], 40_000, {}, 40_000));
    expect((await readVolume(path)).shape).toEqual([1, 40_000, 1, 1]);
    expect((await readHeader(path)).shape).toEqual([1, 40_000, 1, 1]);
  });

  test.each<[what: string, bytes: Buffer]>([
    ["-1 without glmin", surface([-1, 1, 1], 9)],
    ["-1 with a second axis", surface([-1, 2, 1], 18, {}, 9)],
    ["-1 in two dimensions", surface([-1, 1], 9, {}, 9)],
    ["-1 in NIfTI-2", surface([-1, 1, 1], 9, { version: 2 })],
    ["a negative glmin", surface([-1, 1, 1], 9, {}, -9)],
  ])("is not guessed: %s", async (_, bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
  });

  test("is looked for in NIfTI-1 only, and a volume of that size is written so that it comes back", async () => {
    expect((await decode(surface([27307, 1, 6], 163842, { version: 2 }))).shape).toEqual([1, 27307, 1, 6]);
    const volume = new Volume({ data: new Uint8Array(163842), shape: [1, 27307, 1, 6] });
    expect((await decode(await encodeNifti(volume))).shape).toEqual([1, 27307, 1, 6]);
    await expect(encodeNifti(volume, { version: 1 })).rejects.toMatchObject({ code: "VOXRX_WRITE_FAILED" });
  });
});
