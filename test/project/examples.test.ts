import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { longTest } from "../support/long.ts";
import { typeService } from "../support/type-service.ts";
import { filesIn, root } from "./tree.ts";

/** One block of code that a reader may copy. */
interface Block {
  readonly where: string;
  readonly code: string;
  readonly name: string;
}

const folder = join(root, ".voxrx", "examples");

function blocks(): Block[] {
  const pages = filesIn(["README.md", "CONTRIBUTING.md", "AGENTS.md", "FEATURES.md", "docs", "skills"], /\.md$/);
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
  return linked(found.map((block, n) => ({ ...block, name: `block${n}` })));
}

/** A block may begin with the name of its file (`// pipeline.ts`), which other blocks of the page import. */
function linked(found: readonly Block[]): Block[] {
  const pageOf = ({ where }: Block) => where.replace(/:\d+$/, "");
  const fileOf = ({ code }: Block) => /^\/\/ ([\w-]+\.ts)\b/.exec(code)?.[1];
  return found.map((block) => {
    const code = block.code.replace(/"\.\/([\w-]+\.ts)"/g, (given, file) => {
      const other = found.find((one) => pageOf(one) === pageOf(block) && fileOf(one) === file);
      return other ? JSON.stringify(`./${other.name}.ts`) : given;
    });
    return { ...block, code };
  });
}

const all = blocks();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

longTest("every block of code in the docs and docstrings compiles", () => {
  const service = typeService(Object.fromEntries(all.map(({ name, code }) => [name, `${code}\nexport {};\n`])));
  const faults = all.flatMap(({ name, where }) => service.faults(name).map((fault) => `${where} ${fault}`));
  expect(faults).toEqual([]);
  expect(all.length).toBeGreaterThan(20);
});

test("what a block says it gives (`// => value`) it gives", async () => {
  const claiming = all.filter(({ code }) => code.includes("// =>"));
  expect(claiming.length).toBeGreaterThan(10);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wrong: string[] = [];
  for (const { name, where, code } of claiming) {
    const path = join(folder, `${name}.run.ts`);
    writeFileSync(path, `${checking(code)}\nexport const wrongClaims = claims.wrong;\n`);
    const { wrongClaims }: { wrongClaims: readonly string[] } = await import(path);
    wrong.push(...wrongClaims.map((claim) => `${where} ${claim}`));
  }
  expect(wrong).toEqual([]);
});

/** A block whose claims are checked where they are made. */
function checking(code: string): string {
  const checked = code.replace(
    /^(\s*)(?!const |let |import )(.+?);\s*\/\/ => (.+)$/gm,
    (_, pad, expression, value) => `${pad}claims.check(${JSON.stringify(expression)}, ${expression}, ${value});`,
  );
  return `import { Claims } from ${JSON.stringify(join(root, "test", "project", "claims.ts"))};
const claims = new Claims();
${checked}`;
}
