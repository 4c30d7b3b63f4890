import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder, treeOf } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";

test("doctor says what is there and what it means, and leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const result = await runCommand("doctor", folder.path, "--json");
  expect(result.code).toBe(0);
  const [{ findings } = { findings: [] }] = recordsIn(result) as { findings: { name: string; means: string }[] }[];
  const names = [
    "Node",
    "platform",
    "cores",
    "memory",
    "disk",
    "lmdb",
    "libdeflate",
    "sharp",
    "@itk-wasm/image-io",
    "TypeScript",
  ];
  expect(findings.map(({ name }) => name)).toEqual(names);
  expect(findings.every(({ means }) => means.endsWith("."))).toBe(true);
  expect(await treeOf(folder.path, true)).toEqual({});
});

longTest("a directory that is not there is no fault of the installation", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout } = await runCommand("doctor", join(folder.path, "missing"));
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^! +disk +nothing at /m)]);
});
