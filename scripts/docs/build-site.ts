/** Builds the site of the documentation into docs/.vitepress/dist, and checks its links. `npm run docs` calls it. */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const docs = join(root, "docs");

/**
 * All pages, with their anchors and images; other sites are not asked. The checker's own server may close an idle
 * connection in the moment of a request, which is tried again; a page that is missing is not.
 */
const checks = [
  "--recurse",
  "--clean-urls",
  "--check-fragments",
  "--skip",
  "^https?://(?!localhost)",
  "--retry-errors",
  "--retry-errors-count",
  "3",
  "--retry-errors-jitter",
  "500",
  "--verbosity",
  "error",
];

if (!existsSync(join(docs, "node_modules"))) run("install", "npm", ["ci", "--silent"], docs);
if (!existsSync(join(root, "dist", "index.d.ts"))) run("build", "npm", ["run", "--silent", "build"], root);
for (const script of ["root-pages", "operator-pages", "notebook-pages"]) {
  run(script, "npx", ["tsx", `scripts/docs/${script}.ts`], root);
}
run("API pages", "npx", ["typedoc", "--logLevel", "Warn"], docs);
appendFileSync(join(docs, "api", "index.md"), "- [voxrx/operators](../operators/index.md), a page for each\n");
run("site", "node", ["--max-old-space-size=4096", "node_modules/vitepress/bin/vitepress.js", "build"], docs);
run("links", "npx", ["linkinator", ".vitepress/dist", ...checks], docs);
console.log(`the site is in docs/.vitepress/dist; to read it: npm run docs:serve`);

function run(name: string, command: string, args: readonly string[], cwd: string): void {
  const begun = performance.now();
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) {
    console.error(`${name}: failed`);
    process.exit(1);
  }
  console.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
}
