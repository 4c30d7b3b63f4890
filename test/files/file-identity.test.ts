import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { identifyFile } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";

test("a named pipe is identified without waiting for its writer", async () => {
  await using folder = await temporaryFolder();
  const pipe = join(folder.path, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(await identifyFile(pipe)).toMatchObject({ path: pipe, size: 0 });
  expect((await identifyFile(pipe)).hash).toBeUndefined();
});
