import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkInputDir, checkInputFile, checkOutputDir, checkOutputFile } from "../../cli/path-arguments.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runCommand } from "../support/run-command.ts";

/** Which of some paths are refused, by name. */
async function refused(check: (argument: string, path: string, expected: string) => Promise<void>): Promise<string> {
  await using folder = await temporaryFolder();
  const at = (name: string) => (name === "empty" ? "" : join(folder.path, name));
  await writeFile(at("file"), "");
  await mkdir(at("dir"));
  await symlink("nowhere", at("dangling"));
  const names = ["file", "dir", "new", "empty", "dangling", "file/below", "none/new"];
  const results = names.map((name) =>
    check("--path", at(name), "this").then(
      () => [],
      (error: Error) => {
        expect(error.message).toMatch(/^--path.*(expected|Make it)/);
        return [name];
      },
    ),
  );
  return (await Promise.all(results)).flat().join(" ");
}

test("a path that can't be what it is to be is refused, with what it is", async () => {
  expect(await refused(checkInputFile)).toBe("dir new empty dangling file/below none/new");
  expect(await refused(checkInputDir)).toBe("file new empty dangling file/below none/new");
  expect(await refused(checkOutputDir)).toBe("file empty dangling file/below");
  expect(await refused(checkOutputFile)).toBe("dir empty file/below none/new");
});

test.each([
  ["scale", "status", "package.json"],
  ["run", "cli"],
  ["cache", "stats", "package.json"],
])("a file in the place of a directory, or the other way round, is a usage error: %s %s %s", async (...args) => {
  const { code, stderr } = await runCommand(...args);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/is a (file|directory): expected .* Correct the path\.\n$/),
  ]);
});
