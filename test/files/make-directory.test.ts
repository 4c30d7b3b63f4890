import { existsSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeDirectory } from "../../src/files/make-directory.ts";
import { temporaryFolder } from "../support/folder.ts";

test("a directory is made with those above it, also by several at once, and the first one that was made is told", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a", "b", "c");
  await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(join(path, "d"))]);
  expect((await stat(path)).isDirectory()).toBe(true);
  expect(await makeDirectory(path)).toBeUndefined();
  expect(await makeDirectory(join(folder.path, "x", "y"))).toBe(join(folder.path, "x"));
});

test("a file in the way is an error of the system's own code", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");
  await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeDirectory(join(file, "a", "b"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test.skipIf(!existsSync("/proc/self"))(
  "so is a place where nothing can be made, which Node's own never answers",
  async () => {
    await expect(makeDirectory("/proc/voxrx/a")).rejects.toMatchObject({ code: "ENOENT" });
  },
);
