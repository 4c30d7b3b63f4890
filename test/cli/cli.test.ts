import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lmdbStore, Volume, writeNifti } from "voxrx";
import { childScript } from "../support/children.ts";
import { ramp } from "../support/volumes.ts";

const voxrx = (...args: string[]) => promisify(execFile)(process.execPath, [childScript("cli"), ...args]);

let folder: string;
let scan: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-cli-"));
  scan = join(folder, "scan.nii.gz");
  const { storage: samples } = ramp([1, 4, 3, 2], "int16");
  const affine = [-2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 1];
  await writeNifti(new Volume({ data: samples.slice(), shape: [1, 4, 3, 2], layout: "x-fastest", affine }), scan);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("info says what an image is", async () => {
  const { stdout } = await voxrx("info", scan);
  expect(stdout).toBe(`${scan}: nifti1, 4 x 3 x 2 voxels of 2 x 1 x 1.5 mm, LAS, int16\n`);
  const { stdout: json } = await voxrx("info", "--json", scan);
  expect(JSON.parse(json)).toMatchObject({ file: scan, shape: [1, 4, 3, 2], axcodes: "LAS" });
});

test("cache looks after a store", async () => {
  const path = join(folder, "cache");
  await using store = lmdbStore(path);
  await store.set("ab", { value: { n: 1 }, files: [] });
  await store.close();
  expect((await voxrx("cache", "stats", path)).stdout).toMatch(/^1 entries/);
  expect((await voxrx("cache", "verify", path)).stdout).toContain("1 entries read, 0 damaged");
  await voxrx("cache", "clear", path);
  expect((await voxrx("cache", "stats", path)).stdout).toMatch(/^0 entries/);
});

test("what goes wrong is one message and exit code 1", async () => {
  const bad = join(folder, "bad.nii");
  await writeFile(bad, "no image");
  for (const args of [
    ["info", bad],
    ["info", join(folder, "absent.nii")],
    ["cache", "stats", join(folder, "absent")],
  ]) {
    const failed = await voxrx(...args).catch((error) => error);
    expect(failed.code).toBe(1);
    expect(failed.stderr.trim().split("\n")).toHaveLength(1);
    expect(failed.stderr).not.toContain("    at ");
  }
});
