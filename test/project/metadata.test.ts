import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, isGenerated, root } from "./tree.ts";

const pages = filesIn(["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs"], /\.md$/);
const { scripts, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

test("every command that the pages name is one of the package's", () => {
  const named = pages.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/npm run ([a-z:]+)/g), ([, script = ""]) => ({ path, script })),
  );
  expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  expect(named.length).toBeGreaterThan(5);
});

test("every page and file that a page links to is there", () => {
  const broken = pages.flatMap(({ path, text }) => {
    const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g), ([, link = ""]) => link);
    const kept = links.map((link) => join(path, "..", link)).filter((target) => !isGenerated(target));
    return kept.filter((target) => !existsSync(join(root, target))).map((target) => `${path}: ${target}`);
  });
  expect(broken).toEqual([]);
});

test("every file that CONTRIBUTING names is there", () => {
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const named = Array.from(
    text.matchAll(/`((?:src|operators|test|docs|scripts|bench|api)\/[\w./-]*)`/g),
    ([, path = ""]) => path,
  );
  // Written by `npm run docs`, and not in the repository.
  const kept = named.filter((path) => !path.startsWith("docs/api"));
  expect(kept.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(kept.length).toBeGreaterThan(3);
});

test("CONTRIBUTING has every directory of src", () => {
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const [, tree = ""] = text.match(/^src\/ [^\n]*\n([\s\S]*?)^operators\//m) ?? [];
  const named = Array.from(tree.matchAll(/^ {2}([\w-]+)\/ /gm), ([, name = ""]) => name);
  const files = filesIn(["src"], /\.ts$/).map(({ path }) => path.split("/"));
  expect(named.sort()).toEqual([...new Set(files.filter((path) => path.length > 2).map(([, name]) => name))].sort());
});

test("a user installs fewer than 38 packages, those for one platform included", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const all: [string, { dev?: boolean; devOptional?: boolean; optional?: boolean }][] = Object.entries(packages);
  const installed = all.filter(([path, { dev, devOptional, optional }]) => path && !dev && !devOptional && !optional);
  // Besides: voxrx itself, and the binaries of lmdb and msgpackr-extract for the platform.
  expect(installed.length + 3).toBeLessThan(38);
  expect(installed.length).toBeGreaterThan(20);
});

test("CITATION.cff says what package.json says", () => {
  const citation = readFileSync(join(root, "CITATION.cff"), "utf8");
  expect(citation).toContain(`\nversion: ${version}\nlicense: ${license}\n`);
});

test("what differs by platform is in the files that docs/platforms.md speaks of", () => {
  const code = filesIn(["src", "operators", "datasets", "cli"], /\.ts$/);
  const asking = code.filter(({ text }) => /process\.platform|platform\(\)|["`]\/proc\//.test(text));
  expect(asking.map(({ path }) => path)).toEqual([
    "src/cache/lmdb/check-lmdb-files.ts",
    "src/files/check-platform.ts",
    "src/files/process-identity.ts",
    "src/files/process-limit.ts",
  ]);
});
