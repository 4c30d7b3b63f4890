import { cp, mkdir, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Dataset, memoryStore } from "voxrx";
import * as op from "voxrx/operators";
import { lockFacts } from "../../src/inspect/lock-facts.ts";
import { NotALock, readLock } from "../../src/lock/lock-document.ts";
import { sliceFile } from "../support/dicom-slices.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { differencesFrom, listedScans, lockIn, lockOf, scansIn, writeScans } from "../support/locked-training.ts";
import { onThreads } from "../support/worker-program.ts";

const names = ["c", "a", "b"];
const full = (data: string) => ({
  training: scansIn(data, names).pipe(op.shuffle(), op.parallel(onThreads(2)), op.batch(2)),
  validation: scansIn(data, ["v"]),
});

test("a lock is the same twice, whatever the times of files, and is read as it was written", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, [...names, "v"]);
  const { lock, text } = await lockOf(full(data), lockFile, { epochs: 2 });
  await utimes(join(data, "a.nii"), 1, 1);
  expect((await lockOf(full(data), lockFile, { epochs: 2 })).text).toBe(text);
  expect(await differencesFrom(text, full(data), lockFile, { epochs: 2 })).toEqual([]);
  expect(readLock(JSON.parse(text))).toEqual(lock);
  expect(lock.files.map(({ path, size, datasets }) => [path, size, ...datasets])).toEqual([
    ["data/a.nii", 360, "training"],
    ["data/b.nii", 360, "training"],
    ["data/c.nii", 360, "training"],
    ["data/v.nii", 360, "validation"],
  ]);
  expect(lock.datasets.training).toMatchObject({
    items: 3,
    seeds: [0],
    epochs: [
      { epoch: 0, items: 2 },
      { epoch: 1, items: 2 },
    ],
  });
  const [first, second] = lock.datasets.training?.epochs ?? [];
  expect(first?.digest).not.toBe(second?.digest);
  expect(lock.common).toEqual([{ datasets: ["training", "validation"], files: 0, copies: 0 }]);
  expect(text).not.toContain(folder.path);
});

test("a file that changes while a lock is made is an error, whatever its size", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, names);
  const path = join(data, "a.nii");
  const changing = scansIn(data, names).pipe(
    op.tap(async () => {
      const bytes = await readFile(path);
      bytes[bytes.length - 1] = 201;
      await writeFile(path, bytes);
    }),
  );
  await expect(lockOf({ training: changing }, lockFile)).rejects.toThrow("changed while the lock was made");
});

test("a lock holds for a copy of the whole directory elsewhere", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder, "here");
  await writeScans(data, [...names, "v"]);
  const { text } = await lockOf(full(data), lockFile);
  await mkdir(join(folder.path, "deeper"));
  await cp(join(folder.path, "here"), join(folder.path, "deeper", "there"), { recursive: true });
  await rename(join(folder.path, "here"), join(folder.path, "gone"));
  const there = lockIn(folder, "deeper", "there");
  expect(await differencesFrom(text, full(there.data), there.lockFile)).toEqual([]);
});

test("one run gives the digest and the files; the digest is that of digest()", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, names);
  const seen: string[] = [];
  const counted = scansIn(data, names).pipe(
    op.tap(({ subject }) => {
      seen.push(subject);
    }),
  );
  const { lock } = await lockOf({ counted }, lockFile);
  expect(seen).toEqual(names);
  expect(lock.files).toHaveLength(3);
  expect(lock.datasets.counted?.epochs[0]?.digest).toBe((await counted.digest({ epoch: 0 })).digest);
});

test("without a digest the files are known all the same", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, [...names, "v"]);
  const { lock, text } = await lockOf(full(data), lockFile, { digest: false });
  expect(lock.files).toHaveLength(4);
  expect(lock.datasets.training?.epochs).toEqual([{ epoch: 0, items: 2 }]);
  expect(await differencesFrom(text, full(data), lockFile)).toEqual([]);
});

test("a filled cache tells the files of its items", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, names);
  const store = memoryStore();
  const cached = () => listedScans(data, names).pipe(op.load(["image"]), op.cacheUntilRandom({ store }));
  const cold = await lockOf({ cached: cached() }, lockFile);
  const warm = await lockOf({ cached: cached() }, lockFile);
  expect(warm.text).toBe(cold.text);
  expect(warm.lock.files).toHaveLength(3);
});

test("streams of unknown length, filters and parts are locked", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, names);
  const splits = () => ({
    stream: Dataset.from(async function* () {
      for (const subject of names) yield { subject, image: join(data, `${subject}.nii`) };
    }).pipe(op.load(["image"]), op.batch(2)),
    filtered: scansIn(data, names).pipe(
      op.filter(({ subject }) => subject !== "a"),
      op.batch({ size: 2, collate: "list" }),
    ),
    parts: scansIn(data, ["a"]).pipe(
      op.randSpatialCropSamples({ keys: "image", roiSize: 1, randomSize: false, numSamples: 3 }),
    ),
  });
  const { lock, text } = await lockOf(splits(), lockFile);
  const filesOf = (name: string) => lock.files.filter(({ datasets }) => datasets.includes(name)).length;
  expect(Object.keys(lock.datasets).map((name) => [name, filesOf(name)])).toEqual([
    ["filtered", 3],
    ["parts", 1],
    ["stream", 3],
  ]);
  expect(lock.datasets.parts?.items).toBe(3);
  expect(await differencesFrom(text, splits(), lockFile)).toEqual([]);
});

test("files that splits have in common are counted", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, ["a", "b", "c"]);
  const splits = {
    training: scansIn(data, ["a", "b"]),
    validation: scansIn(data, ["b", "c"]),
    other: scansIn(data, []),
  };
  const { lock, text } = await lockOf(splits, lockFile);
  expect(lock.common).toEqual([
    { datasets: ["other", "training"], files: 0, copies: 0 },
    { datasets: ["other", "validation"], files: 0, copies: 0 },
    { datasets: ["training", "validation"], files: 1, copies: 0 },
  ]);
  const apart = { ...splits, validation: scansIn(data, ["c"]) };
  expect(await differencesFrom(text, apart, lockFile)).toContainEqual({
    kind: "common",
    message: "training and validation have 0 files in common, not 1",
  });
});

test("a content in files of two splits is counted once, and copies within one split are none", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, ["a", "b", "c"]);
  const copy = (from: string, ...names: string[]) =>
    Promise.all(names.map((name) => cp(join(data, `${from}.nii`), join(data, `${name}.nii`))));
  await copy("a", "a2", "a3", "a4");
  await copy("b", "b2");
  const copiesOf = async (training: string[], validation: string[], hashPaths = false) => {
    const splits = { training: scansIn(data, training), validation: scansIn(data, validation) };
    const { lock, text } = await lockOf(splits, lockFile, { hashPaths });
    return { text, common: lock.common.map(({ files, copies }) => [files, copies]) };
  };
  const apart = await copiesOf(["a", "a2", "b", "b2"], ["c"]);
  expect(apart.common).toEqual([[0, 0]]);
  for (const hashPaths of [false, true])
    expect((await copiesOf(["a", "a2", "b"], ["a3", "a4", "b2", "c"], hashPaths)).common).toEqual([[0, 2]]);
  // The content of a file of both is already known to be in both.
  expect((await copiesOf(["a", "a2"], ["a", "a3"])).common).toEqual([[1, 0]]);

  const mixed = { training: scansIn(data, ["a", "b"]), validation: scansIn(data, ["a2", "c"]) };
  const message = "training and validation have 1 file with equal bytes under different names, not 0";
  expect(await differencesFrom(apart.text, mixed, lockFile)).toContainEqual({ kind: "common", message });
  // Locks of earlier versions do not say it.
  const earlier = apart.text.replace(',"copies":0', "");
  expect(earlier).not.toBe(apart.text);
  expect((await differencesFrom(earlier, mixed, lockFile)).filter(({ kind }) => kind === "common")).toEqual([]);
});

test("directories with equal names in them are no copies, also if paths are hashed", async () => {
  await using folder = await temporaryFolder();
  const { lockFile } = lockIn(folder);
  const seriesIn = async (name: string, value: number) => {
    const dir = join(folder.path, name);
    await mkdir(dir);
    for (const z of [0, 1]) await writeFile(join(dir, `${z}.dcm`), sliceFile({ z, value: value + z }));
    return Dataset.from([{ image: dir }], { id: () => name }).pipe(op.load(["image"]));
  };
  const splits = { training: await seriesIn("a", 0), validation: await seriesIn("b", 5) };
  for (const hashPaths of [false, true]) {
    const { lock } = await lockOf(splits, lockFile, { hashPaths });
    expect(lock.common).toEqual([{ datasets: ["training", "validation"], files: 0, copies: 0 }]);
  }
});

test("the names in a directory count, and the lock in it does not", async () => {
  await using folder = await temporaryFolder();
  const { lockFile } = lockIn(folder);
  for (const z of [0, 1]) await writeFile(join(folder.path, `${z}.dcm`), sliceFile({ z, value: z }));
  const series = () => ({
    series: Dataset.from([{ image: folder.path }], { id: () => "one" }).pipe(op.load(["image"])),
  });
  const { lock, text } = await lockOf(series(), lockFile);
  expect(lock.files.map(({ path, size }) => [path, size])).toContainEqual(["./", 2]);
  await writeFile(lockFile, text);
  await writeFile(join(folder.path, "2.dcm"), sliceFile({ z: 2, value: 2 }));
  const found = await differencesFrom(text, series(), lockFile);
  expect(found).toContainEqual({ kind: "size", path: "./", message: "3 names, not 2" });
});

test("URLs are locked without their secrets, with size and ETag", async () => {
  await using folder = await temporaryFolder();
  const { lockFile, data } = lockIn(folder);
  await writeScans(data, ["a"]);
  const file = { body: await readFile(join(data, "a.nii")), etag: '"one"' };
  await using server = await serveFiles({ "/a.nii": file });
  const remote = (token: string) => ({
    remote: Dataset.from([{ image: `${server.origin}/a.nii?token=${token}` }], { id: () => "a" }).pipe(
      op.load(["image"]),
    ),
  });
  const { lock, text } = await lockOf(remote("SECRETQZX"), lockFile);
  expect(lock.files).toEqual([{ path: `${server.origin}/a.nii`, size: 360, etag: '"one"', datasets: ["remote"] }]);
  expect(text).not.toContain("SECRETQZX");
  expect(await differencesFrom(text, remote("another"), lockFile)).toEqual([]);
  file.etag = '"two"';
  expect(await differencesFrom(text, remote("another"), lockFile)).toEqual([
    {
      kind: "checksum",
      path: `${server.origin}/a.nii`,
      message: "the server has another version (ETag or Last-Modified)",
    },
  ]);
});

test("it says which fields hold absolute paths: the digest is another one elsewhere", async () => {
  const facts = (items: readonly unknown[]) => Dataset.from(items)[lockFacts]({ epochs: 1, digest: true });
  expect((await facts([{ image: "/data/a.nii", more: ["b", "/c"], plain: "d/e" }])).absolute).toEqual([
    "image",
    "more",
  ]);
  expect((await facts(["a.nii"])).absolute).toEqual([]);
});

test("what is not a lock is refused with its place", () => {
  expect(() => readLock({ voxrxLock: 2 })).toThrow(NotALock);
  expect(() => readLock({ voxrxLock: 2 })).toThrow(/^voxrxLock: /);
});
