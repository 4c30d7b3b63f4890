import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Volume, writeNifti } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";
import { sharedData, sharedFile } from "../support/shared.ts";
import { ramp } from "../support/volumes.ts";

test("images are rows of one aligned table", async () => {
  await using folder = await temporaryFolder();
  const [plain, tilted] = ["a.nii", "longer name.nii"].map((name) => join(folder.path, name));
  const { storage: data } = ramp([1, 4, 3, 2], "int16");
  const volume = (affine: number[]) =>
    new Volume({ data: data.slice(), shape: [1, 4, 3, 2], layout: "x-fastest", affine });
  const [cos, sin] = [Math.cos(Math.PI / 18), Math.sin(Math.PI / 18)];
  await writeNifti(volume([-2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 1]), plain ?? "");
  await writeNifti(volume([cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), tilted ?? "");
  const { stdout, code } = await runCommand("info", plain ?? "", tilted ?? "");
  expect(code).toBe(0);
  const rows = stdout
    .replaceAll(folder.path, "")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(rows).toEqual([
    ["FILE", "FORMAT", "SIZE (voxels)", "SPACING (mm)", "ORIENTATION", "TYPE"],
    ["/a.nii", "nifti1", "4 x 3 x 2", "2 x 1 x 1.5", "LAS", "int16"],
    ["/longer name.nii", "nifti1", "4 x 3 x 2", "1 x 1 x 1", "RAS, 10° oblique", "int16"],
  ]);
  const starts = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.search(/FORMAT|nifti1/));
  expect(new Set(starts).size).toBe(1);
});

test.skipIf(!sharedData)("a directory gives its DICOM series and its image files, whatever else is in it", async () => {
  await using folder = await temporaryFolder();
  await cp(sharedFile("dicom", "ct_3slice"), join(folder.path, "ct"), { recursive: true });
  await mkdir(join(folder.path, "nifti"));
  await writeNifti(ramp([1, 2, 2, 2], "uint8"), join(folder.path, "nifti", "a.nii.gz"));
  await writeFile(join(folder.path, "notes.txt"), "nothing");
  const all = await runCommand("info", folder.path);
  expect(all.stdout).toMatch(/ct: CT, 3 files +dicom +512 x 512 x 3/);
  expect(all.stdout).toMatch(/a\.nii\.gz +nifti1 +2 x 2 x 2/);
  const only = recordsIn(await runCommand("info", "--json", join(folder.path, "ct")));
  expect(only).toMatchObject([{ file: join(folder.path, "ct"), shape: [1, 512, 512, 3] }]);
});
