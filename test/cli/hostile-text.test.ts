/** Names and values from elsewhere can't control the terminal that the command writes to. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeNifti } from "voxrx";
import { sliceFile } from "../support/dicom-slices.ts";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { type CommandResult, recordsIn, runCommand } from "../support/run-command.ts";
import { ramp } from "../support/volumes.ts";

const hostile = "evil\x1b[2J\nall is well\u009b31m\u202e";
const seen = "evil\\x1b[2J\\nall is well\\x9b31m\\u202e";

/** What was written, which controls nothing but ends of lines. */
function harmless({ stdout, stderr }: CommandResult): string {
  const text = stdout + stderr;
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(text).not.toMatch(/^all is well/m);
  return text;
}

// Windows has no such names.
const anyName = process.platform !== "win32";

test.skipIf(!anyName)("names of files, in tables and in failures", async () => {
  await using folder = await temporaryFolder();
  await writeNifti(ramp([1, 3, 3, 3], "uint8"), join(folder.path, `${hostile}.nii`));
  const broken = join(folder.path, `broken ${hostile}.nii`);
  await writeFile(broken, "no image");
  const info = await runCommand("info", folder.path);
  const [heading = "", row = "", ...more] = info.stdout.trimEnd().split("\n");
  expect(harmless(info)).toContain(`/${seen}.nii`);
  expect([row.indexOf("nifti1"), more]).toEqual([heading.indexOf("FORMAT"), []]);
  expect(info.stderr.trimEnd().split("\n")).toEqual([expect.stringContaining(`broken ${seen}.nii`)]);
  const [record] = recordsIn(await runCommand("info", "--json", join(folder.path, `${hostile}.nii`)));
  expect(record).toMatchObject({ file: join(folder.path, `${hostile}.nii`) });
  const check = await runCommand("check", folder.path);
  expect(harmless(check)).toContain(`broken ${seen}.nii`);
  // Lines of the command's own are still lines.
  expect(check.stdout).toMatch(/\n {2}fault unreadable: .*\n/);
});

(anyName ? longTest : test.skip)("the other commands that name files", async () => {
  await using folder = await temporaryFolder();
  const image = join(folder.path, `${hostile}.nii`);
  await writeNifti(ramp([1, 3, 3, 3], "uint8"), image);
  const missing = join(folder.path, `missing ${hostile}.nii`);
  for (const args of [
    ["stats", missing],
    ["show", missing, "-o", join(folder.path, "a.png")],
    ["convert", image, "-o", join(folder.path, `out ${hostile}.nii`)],
    ["datasets", `--${hostile}`],
    [hostile],
    ["run", `${missing}.mjs`],
    ["download", hostile, "--root", folder.path],
  ])
    expect(harmless(await runCommand(...args))).toContain("evil\\x1b[2J");
});

test("text of DICOM files", async () => {
  await using folder = await temporaryFolder();
  const series = join(folder.path, "series");
  const other = join(folder.path, "other");
  for (const [n, dir] of [series, other].entries()) {
    await mkdir(dir);
    const more = [
      [0x0020000e, "UI", `1.2.${n + 1}`],
      [0x0008103e, "LO", hostile],
    ] as const;
    for (const z of [0, 1]) await writeFile(join(dir, `${z}.dcm`), sliceFile({ z, value: z, more }));
  }
  const info = await runCommand("info", folder.path);
  expect(info.code).toBe(0);
  expect(harmless(info)).toContain("evil\\x1b[2J\\nall is well");
});

test("paths and names in a lock", async () => {
  await using folder = await temporaryFolder();
  const lockFile = join(folder.path, "voxrx.lock.json");
  const sha256 = `sha256:${"0".repeat(64)}`;
  const dataset = {
    items: 1,
    ids: sha256,
    sortedIds: sha256,
    seeds: [0],
    plan: [],
    planFingerprint: sha256,
    epochs: [],
  };
  const names = [`a ${hostile}`, `b ${hostile}`];
  const lock = {
    voxrxLock: 1,
    machine: { voxrx: hostile, node: hostile, arch: hostile, platform: hostile, decoders: {} },
    hashedPaths: false,
    datasets: Object.fromEntries(names.map((name) => [name, dataset])),
    common: [{ datasets: names, files: 1, copies: 1 }],
    files: [
      { path: `shared ${hostile}`, size: 3, sha256: "1", datasets: names },
      { path: `first ${hostile}`, size: 3, sha256: "2", datasets: [names[0]] },
      { path: `second ${hostile}`, size: 3, sha256: "2", datasets: [names[1]] },
    ],
  };
  await writeFile(lockFile, JSON.stringify(lock));
  const checked = await runCommand("lock", "train.mjs", "--check", "--files-only", "-o", lockFile);
  expect(checked.code).toBe(1);
  const text = harmless(checked);
  for (const name of ["a", "b", "shared", "first", "second"]) expect(text).toContain(`${name} ${seen}`);
  expect(checked.stdout).toContain("files\n  missing: 3 files\n");
});

test("all that the command writes goes through one module", async () => {
  const dir = join(import.meta.dirname, "..", "..", "cli");
  const files = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const writing: string[] = [];
  for (const name of files)
    if (/\bconsole\.|\.std(?:out|err)\.write\(/.test(await readFile(join(dir, name), "utf8"))) writing.push(name);
  expect(writing).toEqual(["print.ts"]);
});
