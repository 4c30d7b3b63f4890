import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { load, map } from "voxrx/operators";
import { checkFiles, checkLock } from "../../src/lock/check-lock.ts";
import { compareLocks } from "../../src/lock/compare-locks.ts";
import { FileHasher } from "../../src/lock/hash-files.ts";
import { type Lock, readLock } from "../../src/lock/lock-document.ts";
import { temporaryFolder } from "../support/folder.ts";
import { differencesFrom, listedScans, lockIn, lockOf, scansIn, writeScans } from "../support/locked-training.ts";

const names = ["a", "b", "c"];

async function locked(folder: { readonly path: string }, hashPaths = false) {
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, names);
  const { text, lock } = await lockOf({ training: scansIn(data, names) }, lockFile, { hashPaths });
  return { lockFile, data, text, lock };
}

/** Changes one voxel. */
async function changeByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1] = 200;
  await writeFile(file, bytes);
}

test("files that are missing, of another size or with other bytes are named, without a run and with one", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data, text } = await locked(folder);
  await rm(join(data, "a.nii"));
  await writeFile(join(data, "b.nii"), Buffer.concat([await readFile(join(data, "b.nii")), Buffer.from([0])]));
  await changeByte(join(data, "c.nii"));
  const files = [
    { kind: "missing", path: "data/a.nii", message: "the file is missing" },
    { kind: "size", path: "data/b.nii", message: "361 bytes, not 360" },
    { kind: "checksum", path: "data/c.nii", message: "same size, other bytes" },
  ];
  const lock = readLock(JSON.parse(text));
  expect(await checkFiles(lock, new FileHasher(lockFile), lockFile)).toEqual(files);
  const failure = new Error("no a.nii");
  const settings = { lockFile, voxrx: "0.0.0" };
  expect(await checkLock(lock, new Map([["training", failure]]), new FileHasher(lockFile), settings)).toEqual([
    ...files,
    { kind: "failed", dataset: "training", message: "no a.nii" },
  ]);
});

test("a voxel that changed is a file and a digest that differ", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data, text } = await locked(folder);
  await changeByte(join(data, "c.nii"));
  expect(await differencesFrom(text, { training: scansIn(data, names) }, lockFile)).toEqual([
    { kind: "checksum", path: "data/c.nii", message: "same size, other bytes" },
    { kind: "digest", dataset: "training", message: "epoch 0 gives other items: its files differ" },
  ]);
});

test("a file that changed and left the split is named for both", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data, text } = await locked(folder);
  await changeByte(join(data, "c.nii"));
  const found = await differencesFrom(text, { training: scansIn(data, ["a", "b"]) }, lockFile);
  expect(found.map(({ kind, path }) => [kind, path])).toEqual([
    ["checksum", "data/c.nii"],
    ["no-longer-read", "data/c.nii"],
    ["items", undefined],
    ["digest", undefined],
  ]);
});

describe("a change of the training is named", () => {
  test.each([
    [
      "an item less",
      (data: string) => scansIn(data, ["a", "b"]),
      [
        ["no-longer-read", "not among its files any more"],
        ["items", "2 items, not 3: 1 was removed"],
        ["digest", "epoch 0 gives other items: its items differ"],
      ],
    ],
    [
      "an item more",
      (data: string) => scansIn(data, [...names, "d"]),
      [
        ["newly-read", "not among its files before"],
        ["items", "4 items, not 3: 1 was added"],
        ["digest", "epoch 0 gives other items: its items differ"],
      ],
    ],
    [
      "another item instead",
      (data: string) => scansIn(data, ["a", "b", "d"]),
      [
        ["no-longer-read", "not among its files any more"],
        ["newly-read", "not among its files before"],
        ["items", "3 items as before, but some have other ids"],
        ["digest", "epoch 0 gives other items: its items differ"],
      ],
    ],
    [
      "another order",
      (data: string) => scansIn(data, ["b", "a", "c"]),
      [
        ["items", "the same items in another order"],
        ["digest", "epoch 0 gives other items: its items differ"],
      ],
    ],
    [
      "another seed",
      (data: string) => scansIn(data, names, { seed: 7 }),
      [
        ["seeds", "seed 7, not 0"],
        ["plan", '"from" (operator 1) has another seed, version or other options'],
        ["digest", "epoch 0 gives other items: its plan differs"],
      ],
    ],
    [
      "another option",
      (data: string) => scansIn(data, names, { prob: 1 }),
      [
        ["plan", '"randFlip" (operator 4) has another seed, version or other options'],
        ["digest", "epoch 0 gives other items: its plan differs"],
      ],
    ],
  ] as const)("%s", async (_, changed, expected) => {
    await using folder = await temporaryFolder();
    const { lockFile, data, text } = await locked(folder);
    await writeScans(data, [...names, "d"]);
    const found = await differencesFrom(text, { training: changed(data) }, lockFile);
    expect(found.map(({ kind, message }) => [kind, message])).toEqual(expected);
  });

  test("an export less, an export more", async () => {
    await using folder = await temporaryFolder();
    const { lockFile, data, text } = await locked(folder);
    expect(await differencesFrom(text, { renamed: scansIn(data, names) }, lockFile)).toEqual([
      { kind: "export", dataset: "renamed", message: expect.stringContaining("exports now") },
      { kind: "export", dataset: "training", message: expect.stringContaining("does not export") },
    ]);
  });

  test("a function that the plan can't see into: only the digest differs, and it says so", async () => {
    await using folder = await temporaryFolder();
    const { lockFile, data } = lockIn(folder);
    await writeScans(data, names);
    const withValue = (value: number) => ({
      training: listedScans(data, names).pipe(
        load(["image"]),
        map((item) => ({ ...item, value })),
      ),
    });
    const { text } = await lockOf(withValue(1), lockFile);
    const found = await differencesFrom(text, withValue(2), lockFile);
    expect(found).toEqual([
      { kind: "digest", dataset: "training", message: expect.stringContaining("a function in the plan may have") },
    ]);
  });
});

test("where nothing else differs, Node, platform and decoders may explain another digest", async () => {
  const { lock } = await lockOf({ numbers: Dataset.from([1, 2]) }, "voxrx.lock.json");
  const numbers = lock.datasets.numbers;
  if (!numbers) throw new Error("the lock has its dataset");
  const epochs = [{ epoch: 0, items: 2, digest: `sha256:${"0".repeat(64)}` }];
  const earlier: Lock = {
    ...lock,
    machine: { voxrx: "0.0.0", node: "v18.0.0", arch: "arm64", platform: "plan9", decoders: { zlib: "1", old: "2" } },
    datasets: { numbers: { ...numbers, epochs } },
  };
  const [found, ...others] = compareLocks(earlier, lock, new Set());
  expect(others).toEqual([]);
  expect(found?.message).toContain(`Node ${process.version}, not v18.0.0`);
  expect(found?.message).toContain(`platform ${process.platform} ${process.arch}, not plan9 arm64`);
  expect(found?.message).toContain(`zlib ${process.versions.zlib}, not 1`);
  expect(found?.message).toContain("old 2 was used only then");
  // The machine alone is no difference.
  expect(compareLocks({ ...earlier, datasets: lock.datasets }, lock, new Set())).toEqual([]);
});

test("an epoch of the lock that was not computed is a difference", async () => {
  const { lock } = await lockOf({ numbers: Dataset.from([1, 2]) }, "voxrx.lock.json");
  const numbers = lock.datasets.numbers;
  if (!numbers) throw new Error("the lock has its dataset");
  const epochs = numbers.epochs.map((epoch) => ({ ...epoch, epoch: 7 }));
  const edited: Lock = { ...lock, datasets: { numbers: { ...numbers, epochs } } };
  expect(compareLocks(edited, lock, new Set())).toMatchObject([
    { kind: "digest", dataset: "numbers", message: "epoch 7 can't be compared: it was not computed" },
  ]);
});

test("hashed paths stay hidden, and a change of such a file is found by its hash", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data, text, lock } = await locked(folder, true);
  expect(text).not.toMatch(/\.nii|data\//);
  expect(new Set(lock.files.map(({ path }) => path)).size).toBe(3);
  expect(await differencesFrom(text, { training: scansIn(data, names) }, lockFile)).toEqual([]);
  await changeByte(join(data, "c.nii"));
  const found = await differencesFrom(text, { training: scansIn(data, names) }, lockFile);
  expect(found).toEqual([
    { kind: "checksum", path: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), message: "same size, other bytes" },
    { kind: "digest", dataset: "training", message: "epoch 0 gives other items: its files differ" },
  ]);
});
