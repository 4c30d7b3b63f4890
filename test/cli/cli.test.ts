import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeNifti } from "voxrx";
import packageJson from "../../package.json" with { type: "json" };
import { childScript } from "../support/children.ts";
import { temporaryFolder, treeOf } from "../support/folder.ts";
import { casesOf, longTest, runsLongTests } from "../support/long.ts";
import { recordsIn, runCommand } from "../support/run-command.ts";
import { ramp } from "../support/volumes.ts";

const commands = [
  "info",
  "show",
  "convert",
  "check",
  "stats",
  "datasets",
  "download",
  "run",
  "bench",
  "cache",
  "doctor",
] as const;

/** One scan, an image that is none, and a directory without images. */
async function scene() {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  await writeNifti(ramp([1, 4, 3, 2], "int16"), at("scan.nii"));
  await writeFile(at("bad.nii"), "no image");
  await writeFile(at("empty.nii"), "");
  await mkdir(at("nothing"));
  return { ...folder, at };
}

test("--version is that of the package", async () => {
  expect(await runCommand("--version")).toEqual({ stdout: `${packageJson.version}\n`, stderr: "", code: 0 });
});

longTest("the help of every command has examples, and the main one lists them and the exit codes", async () => {
  const { stdout } = await runCommand("--help");
  expect(stdout).toContain("Exit codes:");
  for (const name of commands) {
    expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    const help = await runCommand(name, "--help");
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(`$ voxrx ${name}`);
  }
});

describe("exit code 2 and one message", () => {
  const cases: [kind: string, args: readonly string[], words: string][] = [
    ["an unknown command", ["inspect"], "unknown command"],
    ["an unknown option", ["info", "--jsn", "a"], "unknown option"],
    ["a missing argument", ["info"], "missing required argument"],
    ["a missing option", ["convert", "a.nii"], "--output"],
    ["a number that is none", ["check", ".", "--concurrency", "x"], "integer"],
    ["an orientation that is none", ["convert", "a.nii", "-o", "b.nii", "--orientation", "RAR"], "RAS"],
    ["a format that can't be written", ["convert", "a.nii", "-o", "b.jpg"], ".nii.gz"],
    ["a figure of unknown format", ["show", "a.nii", "-o", "b.jpg"], ".png"],
    ["a size that is none", ["cache", "prune", ".", "--max-bytes", "x"], "bytes"],
    ["a dataset that is unknown", ["download", "nothing", "--root", "."], "voxrx datasets"],
  ];
  test.each(casesOf(cases, 4))("for %s", async (_, args, words) => {
    const { code, stderr, stdout } = await runCommand(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2); // commander adds what may have been meant
    expect(stderr + stdout).not.toContain("    at ");
  });
});

/** Whether a command that takes one path is called in a wrong way: the path can't be what it is to be. */
function isWrongUsage(command: string, input: string): boolean {
  if (command === "run" || command === "bench") return input === "missing" || input === "nothing";
  return command.startsWith("cache") && input !== "nothing";
}

describe("what can't be read is one message and exit code 1, or 2 for wrong usage, and changes nothing", () => {
  const output = (out: string) => ["-o", out];
  const commands = [
    "info",
    "convert",
    "show",
    "check",
    "stats",
    "run",
    "bench",
    "cache stats",
    "cache ls",
    "cache verify",
  ];
  test.each(casesOf(commands, 3))("%s", async (name) => {
    await using folder = await scene();
    const before = await treeOf(folder.path);
    const more = name === "convert" ? output(folder.at("o.nii")) : name === "show" ? output(folder.at("o.png")) : [];
    for (const input of runsLongTests ? ["missing", "bad.nii", "empty.nii", "nothing"] : ["missing", "bad.nii"]) {
      const { code, stdout, stderr } = await runCommand(...name.split(" "), folder.at(input), ...more);
      expect([input, code]).toEqual([input, isWrongUsage(name, input) ? 2 : 1]);
      expect(stderr + stdout).toContain(input);
      expect(stderr).not.toContain("    at ");
      expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(1);
    }
    expect(await treeOf(folder.path)).toEqual(before);
  });
});

test("of several files, all are tried, each failure is reported, and the exit code is 1", async () => {
  await using folder = await scene();
  const files = ["bad.nii", "missing", "scan.nii"].map((name) => folder.at(name));
  const result = await runCommand("info", "--json", ...files);
  expect(result.code).toBe(1);
  expect(result.stderr.trim().split("\n")).toHaveLength(2);
  expect(recordsIn(result)).toMatchObject([
    { file: files[0], error: { code: "VOXRX_UNKNOWN_FORMAT" } },
    { file: files[1], error: { code: "VOXRX_FILE_MISSING" } },
    { file: files[2], shape: [1, 4, 3, 2] },
  ]);
});

test("a reader that stops early ends the command quietly", async () => {
  await using folder = await scene();
  const files = new Array<string>(2000).fill(folder.at("scan.nii"));
  const child = spawn(process.execPath, [childScript("cli"), "info", "--json", ...files]);
  let errors = "";
  child.stderr.on("data", (chunk) => void (errors += String(chunk)));
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = await once(child, "close");
  expect([code, errors]).toEqual([0, ""]);
});
