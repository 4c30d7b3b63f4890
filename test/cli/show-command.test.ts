import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeNifti } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { runCommand, startCommand } from "../support/run-command.ts";
import { ramp } from "../support/volumes.ts";

test("images become a PNG, and an animation where the name says so", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeNifti(ramp([1, 8, 6, 4], "int16"), at("a.nii"));
  await writeNifti(ramp([1, 8, 6, 4], "uint8"), at("b.nii"));
  for (const [out, mark, ...args] of [
    ["a.png", "\x89PNG", at("a.nii"), "--plane", "coronal", "--slices", "2", "--range=0,50"],
    ["label.png", "\x89PNG", at("a.nii"), "--label", at("b.nii")],
    ["compare.png", "\x89PNG", at("a.nii"), at("b.nii"), "--compare"],
    ["histogram.png", "\x89PNG", at("a.nii"), "--histogram"],
    ["a.gif", "GIF8", at("a.nii")],
  ] as const) {
    expect(await runCommand("show", ...args, "-o", at(out))).toEqual({ stdout: "", stderr: "", code: 0 });
    expect((await readFile(at(out))).toString("latin1").slice(0, 4)).toBe(mark);
  }
});

test("an image that can't be read is reported, and the others are shown", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeNifti(ramp([1, 8, 6, 4], "int16"), at("a.nii"));
  const { code, stderr } = await runCommand("show", at("missing.nii"), at("a.nii"), "-o", at("a.png"));
  expect([code, stderr]).toEqual([1, expect.stringContaining("missing.nii")]);
  expect((await readFile(at("a.png"))).length).toBeGreaterThan(0);
});

/** Arguments of Node with which a library is not installed. */
function withoutLibrary(name: string): string[] {
  const hooks = `export const resolve = (specifier, context, next) => {
    if (specifier === ${JSON.stringify(name)}) throw new Error("not installed");
    return next(specifier, context);
  };`;
  const code = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

test("a library that many images need is told once, with their number", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeNifti(ramp([1, 8, 6, 4], "int16"), at("d.nii"));
  const jpegs = ["a.jpg", "b.jpg", "c.jpg"];
  for (const name of jpegs) await writeFile(at(name), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70]));
  const images = [...jpegs, "d.nii"].map(at);
  for (const args of [
    ["show", ...images, "-o", at("a.png")],
    ["stats", ...images],
  ]) {
    const { code, stderr } = await startCommand(args, {}, withoutLibrary("sharp")).result;
    expect([code, stderr.trimEnd().split("\n")]).toEqual([
      1,
      [
        expect.stringMatching(/library sharp .*a\.jpg.*npm install sharp \[VOXRX_MISSING_LIBRARY\]$/),
        "JPEG, TIFF and WebP images need the library sharp: 2 more images could not be read",
      ],
    ]);
  }
  expect((await readFile(at("a.png"))).length).toBeGreaterThan(0);
});

longTest("a figure replaces no file unless that is asked for", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "kept.png");
  await writeFile(file, "mine");
  const image = join(folder.path, "image.nii");
  await writeNifti(ramp([1, 8, 6, 4], "uint8"), image);
  const refused = await runCommand("show", image, "-o", file);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--force") });
  expect(await readFile(file, "utf8")).toBe("mine");
  expect(await runCommand("show", image, "-o", file, "--force")).toMatchObject({ code: 0 });
  expect(await readFile(file, "utf8")).not.toBe("mine");
});
