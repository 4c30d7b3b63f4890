import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../project/tree.ts";
import { childScript } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

/** Runs the quickstart in a process of its own, from a bundle. */
async function quickstart(data: string, work: string) {
  const args = [childScript("quickstart"), "--data", data, "--work", work];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => void (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => void (stderr += String(chunk)));
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}

test("a directory without scans is refused with one message", async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, "empty"));
  for (const name of ["empty", "missing"]) {
    const { code, stdout, stderr } = await quickstart(join(folder.path, name), join(folder.path, "work"));
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(name)]);
  }
});

test.skipIf(!sharedData)("a task is trained with its labels, and its cache counts only for its own scans", async () => {
  await using folder = await temporaryFolder();
  const first = await quickstart(sharedFile("decathlon"), folder.path);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^Decathlon task Task04_Hippocampus: 12 labeled scans, 6 without labels\ncache: cold\n/);
  expect(first.stderr).not.toContain("epoch 3");
  const other = await quickstart(sharedFile("dicom", "mr_series"), folder.path);
  expect(other.stdout).toContain("\ncache: cold\n");
  const again = await quickstart(sharedFile("decathlon"), folder.path);
  expect(again.stdout).toContain("\ncache: warm, 12 scans prepared by an earlier run\n");
});
