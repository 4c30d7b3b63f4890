import { access, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { writeShards } from "voxrx/operators";
import { childScript } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lockIn, writeScans } from "../support/locked-training.ts";
import { longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";

const imports =
  () => `import { failingIn, numbers, scansIn, shardsIn } from ${JSON.stringify(pathToFileURL(childScript("splits")).href)};
import { join } from "node:path";
const data = join(import.meta.dirname, "data");`;

/** A module that exports datasets, beside its data, and the arguments that lock it. */
async function training(folder: { readonly path: string }, code: string) {
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, ["a", "b", "c", "d"]);
  const file = join(folder.path, "train.mjs");
  const write = (text: string) => writeFile(file, `${imports()}\n${text}\n`);
  await write(code);
  return {
    lockFile,
    data,
    file,
    write,
    lock: (...more: string[]) => runCommand("lock", file, "-o", lockFile, ...more),
  };
}

const splits = `export const training = scansIn(data, ["a", "b", "c"]);
export const validation = scansIn(data, ["d"]);
export default training;
export const classes = ["x"];
export const start = () => { throw new Error("a function is not called"); };`;

test("a lock is written once, checked, and replaced only when asked", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, lock } = await training(folder, splits);
  const written = await lock();
  expect([written.code, written.stderr]).toEqual([0, ""]);
  expect(written.stdout).toMatch(/^DATASET +ITEMS +FILES +EPOCH +DIGEST\ntraining +3 +3 +0 +sha256:/);
  expect(written.stdout).toContain("2 datasets, 4 files, 1.4 KiB");
  const text = await readFile(lockFile, "utf8");
  expect(Object.keys(JSON.parse(text).datasets)).toEqual(["training", "validation"]);

  const again = await lock();
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("Give --force to replace it")]);
  const [forced] = recordsIn(await lock("--force", "--json"));
  expect(forced).toMatchObject({ lock: lockFile, files: 4, warnings: [], datasets: { training: { items: 3 } } });
  expect(await readFile(lockFile, "utf8")).toBe(text);

  const checked = await lock("--check");
  expect([checked.code, checked.stderr, checked.stdout]).toEqual([
    0,
    "",
    `${lockFile}: nothing differs (2 datasets, 4 files, 1.4 KiB)\n`,
  ]);
  const one = await lock("--check", "--export", "validation", "--json");
  expect(recordsIn(one)).toEqual([
    { lock: lockFile, equal: true, filesOnly: false, datasets: 1, files: 1, unchecked: 0, differences: [] },
  ]);
});

longTest("what differs is said in words, and makes the exit code 1", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data, lock, write } = await training(folder, splits);
  await lock();
  await write(splits.replace('["a", "b", "c"]', '["a", "c"], { prob: 1 }'));
  await rm(join(data, "b.nii"));
  const { code, stdout, stderr } = await lock("--check");
  expect([code, stderr]).toEqual([1, ""]);
  expect(stdout).toBe(`files
  missing: 1 file
    data/b.nii
training
  items: 2 items, not 3: 1 was removed
  plan: "randFlip" (operator 4) has another seed, version or other options
  digest: epoch 0 gives other items: its items and plan differ

${lockFile}: 4 differences
`);
  // Without a run, the plan is not looked at.
  const files = await lock("--check", "--files-only", "--json");
  expect([files.code, recordsIn(files)]).toMatchObject([1, [{ equal: false, differences: [{ kind: "missing" }] }]]);
});

longTest("of many files, the first twenty are named", async () => {
  await using folder = await temporaryFolder();
  const names = Array.from({ length: 23 }, (_, n) => `s${n}`);
  const { data, lock } = await training(folder, `export default scansIn(data, ${JSON.stringify(names)});`);
  await writeScans(data, names);
  await lock("--no-digest");
  await rm(data, { recursive: true });
  const { code, stdout } = await lock("--check", "--files-only");
  expect([code, stdout.match(/data\/s\d+\.nii\n/g)?.length]).toEqual([1, 20]);
  expect(stdout).toContain("missing: 23 files\n");
  expect(stdout).toContain("    and 3 more files\n");
});

test("an item that fails leaves no lock, and is a difference from one", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, lock, write } = await training(folder, 'export default failingIn(data, ["a", "b"]);');
  const failed = await lock();
  expect([failed.code, failed.stdout, failed.stderr]).toEqual([
    1,
    "",
    expect.stringMatching(/^default: .*the second is broken.*item "b".*\nno lock was written\n$/),
  ]);
  await expect(access(lockFile)).rejects.toMatchObject({ code: "ENOENT" });
  await write('export default scansIn(data, ["a", "b"]);');
  await lock();
  await write('export default failingIn(data, ["a", "b"]);');
  const { code, stdout } = await lock("--check");
  expect([code, stdout]).toEqual([1, expect.stringContaining("default\n  failed: ")]);
});

longTest("splits that share files are warned of", async () => {
  await using folder = await temporaryFolder();
  const { lock } = await training(folder, splits.replace('["d"]', '["a", "d"]'));
  const warning =
    "warning: training and validation have 1 file in common (data/a.nii): is a split leaking into the other?\n";
  expect(await lock()).toMatchObject({ code: 0, stderr: warning });
  expect(await lock("--check")).toMatchObject({ code: 0, stderr: warning });
});

longTest("splits that have copies of a file are warned of", async () => {
  await using folder = await temporaryFolder();
  const { data, lock } = await training(folder, splits);
  await cp(join(data, "a.nii"), join(data, "d.nii"));
  const warning =
    "warning: training and validation have 1 file with equal bytes under different names (data/a.nii = data/d.nii): is a split leaking into the other? Only files such as empty label maps are equal by nature.\n";
  expect(await lock()).toMatchObject({ code: 0, stderr: warning });
  expect(await lock("--check")).toMatchObject({ code: 0, stderr: warning });
});

longTest("wrong usage is one line, and the exit code 2", async () => {
  await using folder = await temporaryFolder();
  const { file, lock, write } = await training(folder, splits);
  const usages: [args: string[], words: string][] = [
    [["--files-only"], "--files-only is for --check"],
    [["--check"], "there is no lock"],
    [["--check", "--force"], "leave out --force"],
    [["--export", "nothing"], "no export named nothing"],
    [["-o", file, "--force"], "--force replaces only locks"],
    [["-o", join(folder.path, "none", "lock.json")], "there is no directory"],
  ];
  for (const [args, words] of usages) {
    const { code, stderr } = await lock(...args);
    expect([args, code, stderr.trim().split("\n")]).toEqual([args, 2, [expect.stringContaining(words)]]);
  }
  expect(await readFile(file, "utf8")).toContain("export const training");
  await write("export const classes = 3;");
  expect(await lock()).toMatchObject({ code: 2, stderr: expect.stringContaining("exports no Dataset, only classes") });
});

longTest("hashed paths are checked by a run only", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, lock } = await training(folder, splits);
  await lock("--hash-paths");
  expect(await readFile(lockFile, "utf8")).not.toContain(".nii");
  expect((await lock("--check")).code).toBe(0);
  expect(await lock("--check", "--files-only")).toMatchObject({ code: 2, stderr: expect.stringContaining("hashes") });
});

longTest("a dataset that the default function returns is taken, and one without known files is warned of", async () => {
  await using folder = await temporaryFolder();
  const { lock, write } = await training(folder, 'export default () => scansIn(data, ["a"]);');
  expect(await lock()).toMatchObject({ code: 0, stderr: "" });
  expect(await lock("--check")).toMatchObject({ code: 0, stderr: "" });
  await write("export const plain = numbers;");
  expect(await lock("--force")).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning: no file is known/) });
});

test("a lock of shards warns that their files are not in it, and how a change of them is seen", async () => {
  await using folder = await temporaryFolder();
  const shards = join(folder.path, "shards");
  await Dataset.from([{ subject: "a" }])
    .pipe(writeShards({ dir: shards }))
    .toArray();
  const { lock } = await training(folder, `export default shardsIn(${JSON.stringify(shards)});`);
  const { code, stderr } = await lock();
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining("the archives that readShards reads for default are not"),
  ]);
  expect(stderr).toContain("shows in the digest only");
  expect((await lock("--force", "--no-digest")).stderr).toContain("is not seen without a digest");
});
