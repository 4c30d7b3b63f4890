import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { Dataset, type ProgressReport } from "voxrx";
import { cacheUntilRandom, map, progress } from "voxrx/operators";
import { childScript, runChild } from "../../support/children.ts";
import { casesOf, longTest } from "../../support/long.ts";

test("progress reports items, total and the end, once", async () => {
  const reports: ProgressReport[] = [];
  const ds = Dataset.from([1, 2, 3]).pipe(progress({ everyMs: 0, onProgress: (report) => void reports.push(report) }));
  await ds.toArray();
  expect(reports.map(({ items, total, done }) => [items, total, done])).toEqual([
    [1, 3, false],
    [2, 3, false],
    [3, 3, false],
    [3, 3, true],
  ]);
  reports.length = 0;
  for await (const _ of ds) break;
  expect(reports.at(-1)).toMatchObject({ items: 1, epoch: 1, done: true });
});

test("progress reports bytes, and what a cache had, if there is one", async () => {
  const reports: ProgressReport[] = [];
  const onProgress = (report: ProgressReport) => void reports.push(report);
  const arrays = Dataset.from([1, 2]).pipe(map((n) => new Float32Array(100 * n), { version: 1 }));
  await arrays.pipe(progress({ onProgress })).toArray();
  expect(reports.at(-1)).toMatchObject({ bytes: 1200, hits: undefined, misses: undefined });
  const cached = arrays.pipe(cacheUntilRandom(), progress({ onProgress }));
  await cached.toArray();
  expect(reports.at(-1)).toMatchObject({ bytes: 1200, hits: 0, misses: 2 });
  await cached.toArray();
  expect(reports.at(-1)).toMatchObject({ bytes: 1200, hits: 2, misses: 0 });
});

/** What a case of test/children/progress.ts writes where there is no terminal, line by line. */
async function linesOf(name: string): Promise<readonly string[]> {
  const { output, code } = await runChild([], "progress", name);
  expect(code).toBe(0);
  expect([output.includes("\r"), output.includes("\u001b")]).toEqual([false, false]);
  return output.split("\n").filter(Boolean);
}

describe("without a terminal", () => {
  test("a run writes one line at its end", async () => {
    const [line, ...others] = await linesOf("plain");
    expect(line).toMatch(/^training, epoch 0: 40\/40 items in [\d.]+ s, \d+\/s, .*consumer waited \d+%$/);
    expect(others).toEqual([]);
  });

  test("without a name, the line begins with the epoch", async () => {
    expect(await linesOf("nameless")).toEqual([expect.stringMatching(/^epoch 0: 3\/3 items in /)]);
  });

  test("the line says how much of it a cache had", async () => {
    const lines = await linesOf("cached");
    expect(lines.map((line) => /epoch (\d).*cache (\d+%)$/.exec(line)?.slice(1))).toEqual([
      ["0", "0%"],
      ["1", "100%"],
    ]);
  });

  longTest("of datasets inside each other only the outermost writes", async () => {
    const lines = await linesOf("nested");
    expect(lines.map((line) => line.split(",")[0])).toEqual(new Array(7).fill("outer"));
  });

  test("nothing is written for a look, a run that is closed before its first item, and where it is not wanted", async () => {
    expect(await linesOf("quiet")).toEqual([]);
  });

  test("the line says where a run failed, or was closed", async () => {
    expect(await linesOf("failing")).toEqual([
      expect.stringMatching(/^training, epoch 0: failed at item "2" after 2\/4 items/),
    ]);
    expect(await linesOf("left")).toEqual([expect.stringMatching(/^training, epoch 0: closed after 2\/3 items/)]);
  });

  test("runs at the same time write a line each", async () => {
    expect((await linesOf("two")).map((line) => line.split(",")[0])).toEqual(["validation", "training"]);
  });
});

const hasScript = process.platform === "linux" && existsSync("/usr/bin/script");

/** What a case writes to a terminal, with its control sequences. */
async function drawnBy(name: string): Promise<string> {
  const command = `${process.execPath} ${childScript("progress")} ${name}`;
  const { stdout } = await promisify(execFile)("/usr/bin/script", ["-qec", command, "/dev/null"], {
    env: { ...process.env, TERM: "xterm", COLUMNS: "100" },
  });
  return stdout;
}

describe.skipIf(!hasScript)("on a terminal (skipped where util-linux has no script)", () => {
  test("a bar is drawn, and a line stays", async () => {
    const drawn = await drawnBy("plain");
    expect(drawn).toMatch(/training, epoch 0: \[[=-]+\] \d+\/40 items/);
    expect(drawn.trimEnd().split("\n").at(-1)).toMatch(/training, epoch 0: 40\/40 items in/);
  });

  longTest("two runs at the same time have a bar each, one below the other", async () => {
    const drawn = await drawnBy("two");
    expect(drawn).toMatch(/training, epoch 0: [^\n]*\n[^\n]*validation, epoch 0: /);
    expect(drawn).toContain("validation, epoch 0: 20/20 items in");
    expect(drawn).toContain("training, epoch 0: 6/6 items in");
  });

  test("a run that fails, or is abandoned, leaves cursor and wrapping as they were", async () => {
    for (const name of casesOf(["abandoned", "failing", "left"], 2)) {
      const drawn = await drawnBy(name);
      for (const hidden of ["\u001b[?25l", "\u001b[?7l"]) expect(drawn.includes(hidden), name).toBe(false);
      if (name !== "abandoned") expect(drawn.endsWith("\n"), name).toBe(true);
    }
  });
});
