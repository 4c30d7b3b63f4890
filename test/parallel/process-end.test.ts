import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeNifti, Volume } from "voxrx";
import { runChild } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";

test.each([
  ["all", "0 1,64,64,40\n1 1,64,64,40\n2 1,64,64,40\n3 1,64,64,40\n4 1,64,64,40\n5 1,64,64,40\n", 0],
  ["exit", "0\n1\n2\n", 0],
  ["break", "0\n1\n2\n", 0],
  ["left", "0\n", 0],
  ["left among parts", "1,16,16,20\n", 0],
  ["with a code", "", 5],
])("a process with worker threads ends by itself: %s", async (way, output, code) => {
  await using folder = await temporaryFolder();
  const scan = join(folder.path, "scan.nii.gz");
  const data = Float32Array.from({ length: 64 * 64 * 40 }, (_, n) => (n * n) % 1009);
  await writeFile(scan, await encodeNifti(new Volume({ data, shape: [1, 64, 64, 40] }), { gzip: true }));
  expect(await runChild([], "threads", way, scan)).toEqual({ output, code });
});
