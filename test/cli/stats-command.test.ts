import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Volume, writeNifti } from "voxrx";
import { phantoms } from "voxrx/datasets";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";

/** Three scans in different orientations, with voxels of 1 x 1 x 2, 1 x 1 x 3 and 1 x 1 x 4 mm along the body's axes. */
async function scansIn(dir: string, offset = 0): Promise<void> {
  for (const name of ["images", "labels"]) await mkdir(join(dir, name));
  const shape = [1, 4, 4, 4];
  for (const z of [2, 3, 4]) {
    const affine =
      z === 3 ? [0, 1, 0, 0, 0, 0, 1, 0, z, 0, 0, 0, 0, 0, 0, 1] : [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
    const image = Float32Array.from({ length: 64 }, (_, n) => (n < 32 ? 100 + n : n) + offset);
    const label = Uint8Array.from({ length: 64 }, (_, n) => (n < 32 ? 1 : n === 63 && z === 2 ? 2 : 0));
    await writeNifti(new Volume({ data: image, shape, layout: "x-fastest", affine }), join(dir, "images", `${z}.nii`));
    await writeNifti(new Volume({ data: label, shape, layout: "x-fastest", affine }), join(dir, "labels", `${z}.nii`));
  }
}

test("numbers are those along the body's axes and of the foreground", async () => {
  await using folder = await temporaryFolder();
  await scansIn(folder.path);
  const [found] = recordsIn(await runCommand("stats", folder.path, "--json"));
  expect(found).toMatchObject({
    items: 3,
    labeled: 3,
    orientations: { RAS: 2, SRA: 1 },
    spacing: [{ median: 1 }, { median: 1 }, { min: 2, median: 3, max: 4 }],
    channels: [{ min: 63, max: 131 }],
    classes: [
      { value: 0, items: 3, share: (3 * 32 - 1) / 192 },
      { value: 1, items: 3, share: 0.5 },
      { value: 2, items: 1, share: 1 / 192 },
    ],
    suggestions: { spacing: [1, 1, 3], normalization: "z-score" },
  });
});

longTest("CT is told by its air or by --modality, and suggests a range of the foreground", async () => {
  await using folder = await temporaryFolder();
  await scansIn(folder.path, -900);
  expect((await runCommand("stats", folder.path)).stdout).toContain('scaleIntensityRange({ keys: "image", aMin: -8');
  expect((await runCommand("stats", folder.path, "--modality", "MR")).stdout).toContain("normalizeIntensity(");
});

test("--html writes one page that needs no other file", async () => {
  await using folder = await temporaryFolder();
  await scansIn(folder.path);
  const page = join(folder.path, "page.html");
  expect(await runCommand("stats", folder.path, "--html", page)).toEqual({ stdout: "", stderr: "", code: 0 });
  const html = await readFile(page, "utf8");
  expect(html).toContain("3 image files with labels");
  expect(html).toContain("<svg");
  expect(html).not.toMatch(/<script|<link|src=|href=/);
});

test("a suggested patch fits images that are smaller than it", async () => {
  await using folder = await temporaryFolder();
  await phantoms({ root: folder.path, count: 4 }).ready();
  const { stdout } = await runCommand("stats", folder.path);
  expect(stdout).toMatch(/spatialPad\(.*spatialSize: (\[.*?\]).*[\s\S]*randCropByPosNegLabel\(.*spatialSize: \1/);
});
