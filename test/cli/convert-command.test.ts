import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readVolume, saveImage } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";
import { sharedData, sharedFile } from "../support/shared.ts";
import { plain, ramp } from "../support/volumes.ts";

test("an image keeps its samples and its place in another format", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "a.nrrd"), join(folder.path, "b.nii.gz")];
  await saveImage(ramp([1, 4, 3, 2], "int16"), from);
  const { code, stdout } = await runCommand("convert", from, "-o", to);
  expect([code, stdout]).toEqual([0, `${from} -> ${to}\n`]);
  const [before, after] = [await readVolume(from), await readVolume(to)];
  expect({ ...Object(plain(after)), meta: 0 }).toEqual({ ...Object(plain(before)), meta: 0 });
});

test("--orientation, --spacing and --dtype change what they name", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "a.nii"), join(folder.path, "b.nii")];
  await saveImage(ramp([1, 8, 6, 4], "int16"), from);
  const options = ["--orientation", "lpi", "--spacing", "2,2,1", "--mode", "nearest", "--dtype", "uint8"];
  expect((await runCommand("convert", from, "-o", to, ...options)).code).toBe(0);
  const { axcodes, spacing, dtype } = await readVolume(to);
  expect([axcodes, spacing, dtype]).toEqual(["LPI", [2, 2, 1], "uint8"]);
});

describe("a file that exists", () => {
  test("is not replaced, and --force replaces it", async () => {
    await using folder = await temporaryFolder();
    const [from, to] = [join(folder.path, "a.nii"), join(folder.path, "b.nii")];
    await saveImage(ramp([1, 4, 3, 2], "int16"), from);
    await writeFile(to, "mine");
    const refused = await runCommand("convert", from, "-o", to);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("--force")]);
    expect(await readFile(to, "utf8")).toBe("mine");
    expect((await runCommand("convert", from, "-o", to, "--force")).code).toBe(0);
    expect((await readVolume(to)).shape).toEqual([1, 4, 3, 2]);
  });

  longTest("is not replaced by another image of the same name, even with --force", async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    for (const name of ["a.nii", "a.nrrd"]) await saveImage(ramp([1, 2, 2, 2], "int16"), at(name));
    const { code, stderr } = await runCommand("convert", at("a.nii"), at("a.nrrd"), "-o", `${at("out")}/`, "--force");
    expect([code, stderr]).toEqual([1, expect.stringContaining("a.nii was written to this file")]);
    expect(await readdir(at("out"))).toEqual(["a.nii.gz"]);
  });
});

test("several images to one file are wrong usage", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  for (const name of ["a.nii", "b.nii"]) await saveImage(ramp([1, 2, 2, 2], "int16"), at(name));
  expect((await runCommand("convert", at("a.nii"), at("b.nii"), "-o", at("c.nii"))).code).toBe(2);
  expect(await readdir(folder.path)).toEqual(["a.nii", "b.nii"]);
});

test("an option that has no effect is wrong usage, and named", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "a.nii"), join(folder.path, "b.nii")];
  await saveImage(ramp([1, 2, 2, 2], "uint8"), from);
  const useless: readonly (readonly [option: string, value: string, output: string])[] = [
    ["--extension", ".nrrd", to],
    ["--mode", "nearest", to],
    ["--range", "0,1", to],
    ["--range", "0,1", `${to}.dir/`],
  ];
  for (const [option, value, output] of useless) {
    const { code, stderr } = await runCommand("convert", from, "-o", output, option, value);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${option} is for`)]);
  }
  expect(await readdir(folder.path)).toEqual(["a.nii"]);
  const toPngs = ["-o", `${to}.dir/`, "--extension", ".png", "--range", "0,1"];
  expect((await runCommand("convert", from, ...toPngs)).code).toBe(0);
});

test.skipIf(!sharedData)("the series of a DICOM directory get short names that say what they are", async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, "out");
  const result = await runCommand("convert", sharedFile("dicom"), "-o", out, "--json");
  const names = await readdir(out);
  expect(names).toContainEqual(expect.stringMatching(/^dicom_601_T1_[\da-f]{8}\.nii\.gz$/));
  expect(names).toContainEqual(expect.stringMatching(/^dicom_901_T2_[\da-f]{8}\.nii\.gz$/));
  expect(Math.max(...names.map((name) => name.length))).toBeLessThan(80);
  const written = recordsIn(result).flatMap((record) => record.written ?? []);
  expect(written).toHaveLength(names.length);
  expect(result.code).toBe(1); // some series there are of images that do not belong together
});
