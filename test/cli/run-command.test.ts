import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { childScript } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { casesOf, longTest } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";

const pipeline = () => childScript("own-pipeline");

test("a run iterates the dataset that a module exports, epoch by epoch", async () => {
  const result = await runCommand("run", pipeline(), "--epochs", "2", "--json");
  expect([result.code, result.stderr]).toEqual([0, ""]);
  expect(recordsIn(result)).toMatchObject([
    { epoch: 0, items: 5, bytes: 5000, complete: true },
    { epoch: 1, items: 5, bytes: 5000, complete: true },
  ]);
  const text = await runCommand("run", pipeline(), "--export", "made");
  expect(text.stdout).toMatch(/^epoch 0: 2 items in \d+\.\d+ s \(\d+(\.\d)? items\/s\)\n$/);
});

test("TypeScript is taken", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "pipeline.ts");
  const source = JSON.stringify(pathToFileURL(pipeline()).href);
  await writeFile(
    file,
    `import { made } from ${source};\nconst factory: typeof made = made;\nexport default factory;\n`,
  );
  expect(recordsIn(await runCommand("run", file, "--json"))).toMatchObject([{ items: 2 }]);
});

describe("what a module lacks is one message", () => {
  const cases: [kind: string, options: readonly string[], code: number, words: string][] = [
    ["another export", ["--export", "nothing"], 2, "it exports"],
    ["a dataset", ["--export", "noDataset"], 2, "expected a Dataset"],
    ["a function that works", ["--export", "refusing"], 1, "no such table"],
    ["items that can be computed", ["--export", "failing"], 1, "the third is broken"],
  ];
  test.each(casesOf(cases))("%s", async (_, options, code, words) => {
    for (const command of ["run", "bench"]) {
      const failed = await runCommand(command, pipeline(), ...options);
      expect([failed.code, failed.stderr]).toEqual([code, expect.stringContaining(words)]);
      expect(failed.stderr).not.toContain("    at ");
    }
  });

  longTest("a module that can't be imported", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "broken.mjs");
    await writeFile(file, "export default syntax error");
    const { code, stderr } = await runCommand("run", file);
    expect([code, stderr.trim().split("\n")]).toEqual([1, [expect.stringContaining("can't be imported")]]);
  });
});

describe("--checkpoint", () => {
  test("continues after the last complete item, and then has nothing to do", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "run.json");
    await runCommand("run", pipeline(), "--export", "failing", "--checkpoint", file);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ epoch: 0, items: 2 });
    const again = await runCommand("run", pipeline(), "--export", "failing", "--checkpoint", file);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("the third is broken")]);

    const whole = join(folder.path, "whole.json");
    await runCommand("run", pipeline(), "--checkpoint", whole);
    const more = await runCommand("run", pipeline(), "--checkpoint", whole, "--epochs", "2", "--json");
    expect(recordsIn(more)).toMatchObject([{ epoch: 1, items: 5 }]);
    const done = await runCommand("run", pipeline(), "--checkpoint", whole, "--epochs", "2");
    expect([done.code, done.stdout, done.stderr]).toEqual([0, "", expect.stringContaining("nothing to do")]);
  });

  longTest("of another plan, or damaged, is refused", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "run.json");
    await runCommand("run", pipeline(), "--checkpoint", file);
    const other = await runCommand("run", pipeline(), "--export", "made", "--epochs", "2", "--checkpoint", file);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("other items")]);
    await writeFile(file, "{");
    expect((await runCommand("run", pipeline(), "--checkpoint", file)).code).toBe(2);
  });

  test("is written when the run is interrupted", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "run.json");
    const args = ["run", pipeline(), "--export", "endless", "--checkpoint", file, "--json"];
    const child = spawn(process.execPath, [childScript("cli"), ...args]);
    let stdout = "";
    child.stdout.on("data", (chunk) => void (stdout += String(chunk)));
    const ended = once(child, "close");
    // The file appears before the first item.
    while ((await readFile(file).catch(() => undefined)) === undefined) await new Promise(setImmediate);
    child.kill("SIGINT");
    const [code] = await ended;
    const [epoch] = recordsIn({ stdout, stderr: "", code });
    expect([code, epoch?.complete]).toEqual([130, false]);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ items: epoch?.items });
  });
});

longTest("bench measures rounds of the same items", async () => {
  const [found] = recordsIn(await runCommand("bench", pipeline(), "--items", "3", "--rounds", "2", "--json"));
  expect(found).toMatchObject({
    rounds: [
      { items: 3, bytes: 3000 },
      { items: 3, bytes: 3000 },
    ],
  });
  const { stdout } = await runCommand("bench", pipeline());
  expect(stdout).toMatch(/^ROUND +ITEMS +TIME \(s\) +ITEMS\/S/);
  expect(stdout).toMatch(/\nmedian [\d.]+ items\/s, from .* in 3 rounds\n$/);
});
