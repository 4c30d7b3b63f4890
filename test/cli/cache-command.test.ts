import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lmdbStore, Volume } from "voxrx";
import { temporaryFolder, treeOf } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";

/** A cache with two entries. */
async function cacheIn(dir: string, compression = false): Promise<string> {
  const path = join(dir, "cache");
  await using store = lmdbStore(path, { compression });
  const image = new Volume({ data: Float32Array.from({ length: 1000 }, (_, n) => n), shape: [1, 10, 10, 10] });
  await store.set("ab", { value: { image }, files: [] });
  await store.set("cd", { value: { n: 1 }, files: [] });
  return path;
}

/** Changes bytes of the first entry that are samples. */
async function damage(path: string): Promise<void> {
  const file = join(path, "data.mdb");
  const bytes = await readFile(file);
  const samples = Buffer.from(Float32Array.from({ length: 8 }, (_, n) => 100 + n).buffer);
  const at = bytes.indexOf(samples);
  expect(at).toBeGreaterThan(0);
  bytes.fill(0xff, at, at + 8);
  await writeFile(file, bytes);
}

describe("stats, ls and verify", () => {
  test("say what a cache holds, and change nothing", async () => {
    await using folder = await temporaryFolder();
    const path = await cacheIn(folder.path);
    const before = await readFile(join(path, "data.mdb"));
    expect((await runCommand("cache", "stats", path)).stdout).toMatch(/^2 entries, 4\.\d KiB, used between /);
    expect(recordsIn(await runCommand("cache", "ls", path, "--json")).map(({ id }) => id)).toEqual(["cd", "ab"]);
    expect((await runCommand("cache", "verify", path)).stdout).toBe("2 entries read, 0 damaged\n");
    expect(await readFile(join(path, "data.mdb"))).toEqual(before);
    expect((await readdir(path)).sort()).toEqual(["data.mdb", "lock.mdb"]);
  });

  test("read a cache without a lock file, and make none", async () => {
    await using folder = await temporaryFolder();
    const copy = join(folder.path, "copy");
    await mkdir(copy);
    await copyFile(join(await cacheIn(folder.path), "data.mdb"), join(copy, "data.mdb"));
    expect((await runCommand("cache", "verify", copy)).stdout).toBe("2 entries read, 0 damaged\n");
    expect(await readdir(copy)).toEqual(["data.mdb"]);
  });

  longTest("read a cache with compressed entries", async () => {
    await using folder = await temporaryFolder();
    const path = await cacheIn(folder.path, true);
    expect((await runCommand("cache", "verify", path)).stdout).toBe("2 entries read, 0 damaged\n");
    expect((await runCommand("cache", "clear", path)).stdout).toMatch(/^2 entries \(.*\) removed\n$/);
  });

  longTest("work while a pipeline uses the cache", async () => {
    await using folder = await temporaryFolder();
    const path = await cacheIn(folder.path);
    await using store = lmdbStore(path);
    await store.set("ef", { value: 2, files: [] });
    expect((await runCommand("cache", "stats", path)).stdout).toMatch(/^3 entries/);
    await store.set("gh", { value: 3, files: [] });
    expect((await store.get("ab"))?.value).toMatchObject({ image: { shape: [1, 10, 10, 10] } });
    expect((await runCommand("cache", "stats", path)).stdout).toMatch(/^4 entries/);
  });
});

test("verify reports a damaged entry and keeps it; --remove removes it", async () => {
  await using folder = await temporaryFolder();
  const path = await cacheIn(folder.path);
  await damage(path);
  const found = await runCommand("cache", "verify", path);
  expect([found.code, found.stdout]).toEqual([1, expect.stringMatching(/^ab: .*\n2 entries read, 1 damaged/)]);
  expect((await runCommand("cache", "verify", path)).code).toBe(1);
  expect((await runCommand("cache", "verify", path, "--remove")).code).toBe(0);
  expect((await runCommand("cache", "verify", path)).stdout).toBe("1 entry read, 0 damaged\n");
});

test("prune keeps to the size, and clear removes all", async () => {
  await using folder = await temporaryFolder();
  const path = await cacheIn(folder.path);
  expect((await runCommand("cache", "prune", path)).stdout).toMatch(/^0 entries removed, 4\.\d KiB left/);
  expect((await runCommand("cache", "prune", path, "--max-bytes", "1KiB")).stdout).toMatch(/^1 entry removed/);
  expect((await runCommand("cache", "clear", path)).code).toBe(0);
  expect((await runCommand("cache", "stats", path)).stdout).toBe("0 entries, 0 B\n");
});

describe("a directory that is not a cache", () => {
  const subcommands = ["stats", "ls", "verify", "prune", "clear"];

  test("is refused, and nothing is made in it", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "scan.nii"), "mine");
    const before = await treeOf(folder.path);
    for (const name of subcommands) {
      const { code, stderr } = await runCommand("cache", name, folder.path);
      expect([name, code, stderr]).toEqual([name, 1, expect.stringContaining("not a cache")]);
    }
    expect(await treeOf(folder.path)).toEqual(before);
  });

  longTest("is refused if its LMDB is another program's", async () => {
    await using folder = await temporaryFolder();
    const { open } = await import("lmdb");
    const root = open({ path: folder.path, noSubdir: false, encoding: "binary" });
    await root.put("theirs", Buffer.from("x"));
    await root.close();
    await rm(join(folder.path, "lock.mdb"));
    const before = await treeOf(folder.path);
    for (const name of subcommands) {
      const { code, stderr } = await runCommand("cache", name, folder.path);
      expect([name, code, stderr]).toEqual([name, 1, expect.stringContaining("holds no store of VoxRx")]);
    }
    expect(await treeOf(folder.path)).toEqual(before);
  });

  longTest("is refused if it holds a part of a cache", async () => {
    await using folder = await temporaryFolder();
    const whole = await readFile(join(await cacheIn(folder.path), "data.mdb"));
    const part = join(folder.path, "part");
    await mkdir(part);
    await writeFile(join(part, "data.mdb"), whole.subarray(0, whole.length / 2));
    const { code, stderr } = await runCommand("cache", "stats", part);
    expect([code, stderr]).toEqual([1, expect.stringContaining("data.mdb")]);
    expect(await readdir(part)).toEqual(["data.mdb"]);
  });
});

longTest("a cache that the command pruned is still one for pipelines", async () => {
  await using folder = await temporaryFolder();
  const path = await cacheIn(folder.path);
  await runCommand("cache", "prune", path, "--max-bytes", "1KiB");
  await using store = lmdbStore(path);
  expect((await store.get("cd"))?.value).toEqual({ n: 1 });
});
