import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { walkDirectory } from "../../src/files/walk-directory.ts";
import { temporaryFolder } from "../support/folder.ts";

async function treeOf(files: readonly string[], links: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  for (const name of files) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), "");
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(folder.path, name));
  return folder;
}

describe("a walk through a directory", () => {
  test("lists what links lead to under the names of the links", async () => {
    await using folder = await treeOf(["root/a/1", "far/2", "far/in/3"], {
      "root/b": "../far",
      "root/c": "b",
      "root/file": "../far/2",
      "root/gone": "nowhere",
    });
    const root = join(folder.path, "root");
    const { dirs, files } = await walkDirectory(root, undefined);
    expect(dirs).toEqual(["", "a", "b", "b/in", "c", "c/in"]);
    expect(files.map(({ name }) => name)).toEqual(["a/1", "b/2", "b/in/3", "c/2", "c/in/3", "file", "gone"]);
    const byName = new Map(files.map(({ name, realPath }) => [name, realPath]));
    expect([byName.get("c/2"), byName.get("gone")]).toEqual([byName.get("file"), undefined]);
  });

  test("ends at a loop, whose link it lists", async () => {
    await using folder = await treeOf(["a/1"], { "a/up": "..", self: "self" });
    const { dirs, files } = await walkDirectory(folder.path, undefined);
    expect([dirs, files.map(({ name }) => name)]).toEqual([
      ["", "a", "a/up"],
      ["a/1", "self"],
    ]);
  });

  test("refuses links that multiply a directory", async () => {
    // Each level links to the next one twice, so the eleventh is found under 1024 names.
    const levels = Array.from({ length: 11 }, (_, n) => n);
    const links = levels.flatMap((n) => ["a", "b"].map((name) => [`.levels/${n}/${name}`, `../${n + 1}`] as const));
    await using folder = await treeOf(
      [...levels, levels.length].map((n) => `.levels/${n}/1`),
      Object.fromEntries([...links, ["first", ".levels/0"]]),
    );
    await expect(walkDirectory(folder.path, undefined)).rejects.toMatchObject({ code: "VOXRX_FILE_UNREADABLE" });
  });

  test("refuses a name that is not UTF-8", async () => {
    await using folder = await treeOf([]);
    await writeFile(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xe4])]), "");
    await expect(walkDirectory(folder.path, undefined)).rejects.toMatchObject({ code: "VOXRX_FILE_UNREADABLE" });
  });

  test("stops when aborted", async () => {
    await using folder = await treeOf(["a"]);
    const reason = new Error("enough");
    await expect(walkDirectory(folder.path, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
