import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { onWarning } from "voxrx";
import { imageFolder } from "voxrx/datasets";
import { temporaryFolder } from "../support/folder.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

async function folderOf(files: readonly string[], dirs: readonly string[] = []) {
  const folder = await temporaryFolder();
  for (const name of dirs) await mkdir(join(folder.path, name), { recursive: true });
  for (const name of files) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), "");
  }
  return folder;
}

/** Class and label of each image, and the warnings. */
async function listed(dir: string, options?: Parameters<typeof imageFolder>[1]) {
  const warnings: string[] = [];
  const stop = onWarning(({ code, message }) => warnings.push(`${code} ${message}`));
  const items = await imageFolder(dir, options).toArray().finally(stop);
  return { labels: items.map(({ className, label }) => `${className} ${label}`), warnings };
}

describe("the classes of a folder", () => {
  test("are its directories: an empty one keeps its label and is reported", async () => {
    await using folder = await folderOf(["a/1.png", "c/1.png"], ["b/deep", ".cache"]);
    expect(await listed(folder.path)).toEqual({
      labels: ["a 0", "c 2"],
      warnings: [`VOXRX_EMPTY_CLASS imageFolder: no image of "b" in ${folder.path}`],
    });
  });

  test("are those given, and one without a directory is reported too", async () => {
    await using folder = await folderOf(["a/1.png", "c/1.png"]);
    expect(await listed(folder.path, { classes: ["z", "c"] })).toEqual({
      labels: ["c 1"],
      warnings: [expect.stringMatching(/no image of "z"/)],
    });
  });

  test("may be links, to a directory outside, to another class, or in a loop", async () => {
    await using folder = await folderOf(["root/a/1.png", "root/e/1.png", "far/x.png"]);
    const root = join(folder.path, "root");
    await symlink("../far", join(root, "b"));
    await symlink("a", join(root, "c"));
    await symlink(".", join(root, "d"));
    const { labels, warnings } = await listed(root);
    expect(labels).toEqual(["a 0", "b 1", "c 2", "e 4"]);
    expect(warnings).toEqual([expect.stringMatching(/no image of "d"/)]);
  });

  test("may be named like members of an object", async () => {
    await using folder = await folderOf(["__proto__/1.png", "constructor/1.png", "toString/1.png"]);
    expect(await listed(folder.path)).toEqual({ labels: ["__proto__ 0", "constructor 1", "toString 2"], warnings: [] });
  });

  test("are not guessed where a link leads nowhere; a broken image is an item", async () => {
    await using folder = await folderOf(["a/1.png"]);
    await symlink("nowhere", join(folder.path, "a", "2.png"));
    expect((await listed(folder.path)).labels).toEqual(["a 0", "a 0"]);
    for (const name of ["b", "a/patient"]) {
      await using other = await folderOf(["a/1.png"]);
      await symlink("nowhere", join(other.path, name));
      const refused = { code: "VOXRX_FILE_MISSING", file: join(other.path, name) };
      await expect(imageFolder(other.path).toArray()).rejects.toMatchObject(refused);
    }
  });
});

test("a class that is named twice is refused", () => {
  const refused = expect.objectContaining({ code: "VOXRX_BAD_OPTION" });
  expect(() => imageFolder("images", { classes: ["a", "b", "a"] })).toThrow(refused);
});

describe.skipIf(!sharedData)("folders from bug reports", () => {
  const run = (script: string, ...args: string[]) => execFileSync("sh", [sharedFile("trouble", script), ...args]);

  test("a linked class keeps its label", async () => {
    await using folder = await folderOf(["x.png"]);
    run("linked_class.sh", folder.path, join(folder.path, "x.png"));
    expect((await listed(join(folder.path, "cls"))).labels).toEqual(["a 0", "b 1", "c 2"]);
  });

  test("an empty class does not shift the labels", async () => {
    await using folder = await folderOf(["x.png"]);
    run("empty_class.sh", folder.path, join(folder.path, "x.png"));
    expect((await listed(join(folder.path, "train"))).labels).toEqual(["a 0", "b 1", "c 2"]);
    expect((await listed(join(folder.path, "val"))).labels).toEqual(["a 0", "c 2"]);
  });
});
