import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NewOperator, newOperator } from "../../scripts/new-operator.ts";
import { longTest } from "../support/long.ts";
import { filesIn, root } from "./tree.ts";

const copy = mkdtempSync(join(tmpdir(), "voxrx-new-operator-"));
const started: readonly NewOperator[] = [
  { kind: "intensity", name: "sharpenEdges" },
  { kind: "intensity", name: "rand3DRipple", variant: "random" },
  { kind: "utility", name: "countVoxels", variant: "item" },
  { kind: "cache", name: "everyOther", variant: "flow" },
];
const written: string[] = [];

beforeAll(() => {
  mkdirSync(join(copy, "test"));
  for (const path of ["operators", "test/conformance", "biome.json", "tsconfig.json", "package.json"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  for (const path of ["node_modules", "src", "datasets", "test/support"])
    symlinkSync(join(root, path), join(copy, path));
  for (const each of started) written.push(...newOperator(copy, each));
});
afterAll(() => rmSync(copy, { recursive: true }));

/** Writes the examples of the docstrings to files of their own, and gives their paths. */
function examples(): string[] {
  return started.map(({ name }, n) => {
    const text = readFileSync(join(copy, written[4 * n] ?? ""), "utf8");
    const [, code = ""] = text.match(/^ \* ```ts\n((?: \*.*\n)*?) \* ```$/m) ?? [];
    const path = join(copy, `${name}.example.ts`);
    writeFileSync(path, code.replace(/^ \* ?/gm, ""));
    return path;
  });
}

describe("npm run new:operator", () => {
  test("writes four files for each operator", () => {
    expect(written.slice(4, 8)).toEqual([
      "operators/intensity/rand-3d-ripple.ts",
      "test/operators/intensity/rand-3d-ripple.test.ts",
      "operators/intensity/index.ts",
      "test/conformance/cases/intensity.ts",
    ]);
  });

  longTest("what it writes compiles, with the examples of its docstrings", () => {
    const config = ts.readConfigFile(join(copy, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, copy);
    const paths = [...[...new Set(written)].map((path) => join(copy, path)), ...examples()];
    const program = ts.createProgram(paths, options);
    const faults = paths.flatMap((path) => {
      const file = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    });
    expect(
      faults.map(({ file, messageText }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, "\n")]),
    ).toEqual([]);
  });

  test("what it writes passes the lint", () => {
    const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
    const args = [biome, "check", "--vcs-enabled=false", "--error-on-warnings", ...new Set(written)];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
    expect([status, stdout + stderr]).toEqual([0, expect.stringMatching(/No fixes applied/)]);
  });

  test("refuses what exists, and kinds and names that can't be, before it writes", () => {
    const refused = (each: NewOperator) => () => newOperator(copy, each);
    expect(refused({ kind: "spatial", name: "shiftIntensity" })).toThrow("operators/intensity exports shiftIntensity");
    expect(refused({ kind: "intensity", name: "sharpenEdges" })).toThrow("sharpen-edges.ts exists already");
    expect(refused({ kind: "colour", name: "tint" })).toThrow("expected a kind of operators (cache, crop,");
    expect(refused({ kind: "intensity", name: "Tint-it" })).toThrow("expected a name in camelCase, got Tint-it");
    expect(readFileSync(join(copy, "operators/spatial/index.ts"), "utf8")).not.toContain("shift-intensity");
  });
});

test("nothing that an author has to fill in is left", () => {
  const files = filesIn(["src", "operators", "datasets", "test", "docs"], /\.(ts|md)$/);
  const left = files.filter(({ path, text }) => /FILL IN/.test(text) && path !== "test/project/new-operator.test.ts");
  expect(left.map(({ path }) => path)).toEqual([]);
});
