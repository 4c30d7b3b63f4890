import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesIn, root } from "./tree.ts";

/** One block of code that a reader may copy. */
interface Block {
  readonly where: string;
  readonly code: string;
  readonly file: string;
}

const folder = join(root, ".voxrx", "examples");

function blocks(): Block[] {
  const pages = filesIn(["README.md", "CONTRIBUTING.md", "docs"], /\.md$/);
  const code = filesIn(["src", "operators", "datasets"], /\.ts$/);
  const found: { where: string; code: string }[] = [];
  for (const { path, text } of [...pages, ...code]) {
    const isCode = path.endsWith(".ts");
    const pattern = isCode ? /^ \* ```ts\n((?: \*.*\n)*?) \* ```$/gm : /^```ts\n([\s\S]*?)^```$/gm;
    for (const match of text.matchAll(pattern)) {
      const line = text.slice(0, match.index).split("\n").length + 1;
      const body = match[1] ?? "";
      found.push({ where: `${path}:${line}`, code: isCode ? body.replace(/^ \* ?/gm, "") : body });
    }
  }
  return found.map((block, n) => ({ ...block, file: join(folder, `block${n}.ts`) }));
}

const all = blocks();

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { file, code } of all) writeFileSync(file, `${code}\nexport {};\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every block of code in the docs and docstrings compiles", { timeout: 120_000 }, () => {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  const program = ts.createProgram(
    all.map(({ file }) => file),
    { ...options, noUnusedLocals: false, noUnusedParameters: false },
  );
  const faults = ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const block = all.find(({ file }) => file === diagnostic.file?.fileName);
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
    return `${block?.where ?? diagnostic.file?.fileName} +${line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`;
  });
  expect(faults).toEqual([]);
  expect(all.length).toBeGreaterThan(20);
});

test("what a block says it gives (`// => value`) it gives", { timeout: 120_000 }, () => {
  const claiming = all.filter(({ code }) => code.includes("// =>"));
  expect(claiming.length).toBeGreaterThan(10);
  const runner = join(folder, "run.ts");
  const bodies = claiming.map(({ file, where, code }, n) => {
    const path = file.replace(/\.ts$/, ".run.ts");
    const checked = code.replace(
      /^(\s*)(?!const |let |import )(.+?);\s*\/\/ => (.+)$/gm,
      (_, pad, expression, value) => `${pad}check(${JSON.stringify(where)}, ${expression}, ${value});`,
    );
    writeFileSync(
      path,
      `import { deepStrictEqual } from "node:assert";
const check = (where: string, got: unknown, wanted: unknown) => { try { deepStrictEqual(got, wanted); } catch (error) { console.log(where, String(error)); } };
${checked}
export {};`,
    );
    return `await import(${JSON.stringify(path)}); // ${n}`;
  });
  writeFileSync(runner, `${bodies.join("\n")}\nconsole.log("ran ${claiming.length}");\n`);
  const said = execFileSync(process.execPath, ["--import", "tsx", runner], { cwd: root, encoding: "utf8" });
  expect(
    said
      .split("\n")
      .filter((line) => !line.startsWith("progress"))
      .join("\n")
      .trim(),
  ).toBe(`ran ${claiming.length}`);
});
