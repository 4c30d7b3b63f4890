import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FormatError } from "voxrx";
import { faultOf, readFailure, writeFailure } from "../../src/blocks/block-failures.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { temporaryFolder } from "../support/folder.ts";

const shard = "block-000000-0123456789ab.tar";

test.each([
  ["was missing and has come", undefined],
  ["was damaged and has been replaced", "cut"],
])("a failure is forgotten when a file that %s", async (_, before) => {
  await using folder = await temporaryFolder();
  const layout = new OutputLayout(join(folder.path, "out"));
  const file = join(folder.path, "a.nii");
  if (before !== undefined) await writeFile(file, before);
  const fault = await faultOf(new FormatError("VOXRX_FILE_MISSING", "no such file", { file, item: "a" }));
  await writeFailure(layout, { block: 0, shard, attempts: 3, deaths: 0, setAside: true, faults: [fault] });
  expect(await readFailure(layout, shard)).toMatchObject({ setAside: true, faults: [{ item: "a", file }] });
  await writeFile(file, "whole again");
  expect(await readFailure(layout, shard)).toBeUndefined();
});

test("a failure is not forgotten by whoever does not see the file, and reading it removes nothing", async () => {
  await using folder = await temporaryFolder();
  const layout = new OutputLayout(join(folder.path, "out"));
  const file = join(folder.path, "a.nii");
  await writeFile(file, "cut");
  const fault = await faultOf(new FormatError("VOXRX_TRUNCATED_FILE", "the file is cut off", { file, item: "a" }));
  await writeFailure(layout, { block: 0, shard, attempts: 3, deaths: 0, setAside: true, faults: [fault] });
  await rm(file);
  expect(await readFailure(layout, shard)).toMatchObject({ setAside: true });
  await writeFile(file, "whole again");
  expect(await readFailure(layout, shard)).toBeUndefined();
  await rm(file);
  expect(await readFailure(layout, shard)).toMatchObject({ setAside: true });
});
