import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { encodeNifti, Volume } from "voxrx";
import { childScript, runChild } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { casesOf } from "../support/long.ts";

const all = Array.from({ length: 6 }, (_, n) => `${n} 1,64,64,40\n`).join("");
const ways: readonly [way: string, output: string, code: number][] = [
  ["exit", "0\n1\n2\n", 0],
  ["left", "0\n", 0],
  ["all", all, 0],
  ["break", "0\n1\n2\n", 0],
  ["left among parts", "1,16,16,20\n", 0],
  ["with a code", "", 5],
];

test.each(casesOf(ways, 2))("a process with worker threads ends by itself: %s", async (way, output, code) => {
  await using folder = await temporaryFolder();
  const scan = join(folder.path, "scan.nii.gz");
  const data = Float32Array.from({ length: 64 * 64 * 40 }, (_, n) => (n * n) % 1009);
  await writeFile(scan, await encodeNifti(new Volume({ data, shape: [1, 64, 64, 40] }), { gzip: true }));
  expect(await runChild([], "threads", way, scan)).toEqual({ output, code });
});

test("a module in TypeScript is imported on threads, too", async () => {
  await using folder = await temporaryFolder();
  // Where tsx is found from.
  await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(folder.path, "node_modules"));
  const module = join(folder.path, "ops.mts");
  const operators = pathToFileURL(childScript("moving-operators")).href;
  await writeFile(module, `export * from ${JSON.stringify(operators)};\nexport const typed: number = 1;\n`);
  const run = (url: string) => runChild(["--import", "tsx"], "threads", "typescript", url);
  expect(await run(pathToFileURL(module).href)).toEqual({ output: "true\n", code: 0 });
});
