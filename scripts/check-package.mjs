// Packs the package as it would be published, checks the tarball, and uses it in an empty project.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const project = mkdtempSync(join(tmpdir(), "voxrx-package-"));
const run = (command, args, cwd = root) => {
  try {
    return execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  } catch (error) {
    console.error(error.stdout);
    throw error;
  }
};

/** The oldest supported TypeScript version, according to the README. */
const oldestTypescript = "5.0";

/** Correct user declarations must pass every check; each broken one must fail the check for its mistake. */
function checkPromises(found) {
  const broken = {
    captures: "made again in another thread",
    misdeclares: "its value function returns the same as the operator",
    drawsElsewhere: "it yields the same items again in the same epoch",
    changesItsItem: "it leaves the items that it is given as they were",
    forgets: "a run continues exactly",
    forgives: "a file that is cut off is refused",
    stubbornStore: "set replaces",
  };
  for (const [name, faults] of Object.entries(found)) {
    const expected = broken[name];
    if (expected === undefined && faults.length > 0)
      throw new Error(`${name} should keep its promises: ${faults.join("; ")}`);
    if (expected !== undefined && !faults.some((fault) => fault.startsWith(expected))) {
      throw new Error(`${name} should break "${expected}", but broke: ${faults.join("; ") || "nothing"}`);
    }
  }
  const [all, bad] = [Object.keys(found).length, Object.keys(broken).length];
  console.log(`${all - bad} user declarations pass their suites; ${bad} broken ones fail`);
}

/** The sources of operators stand for the gallery, which only the site has. */
const onlyInTheSite = "../operators/";

/** Every page and picture that a packed page links to is packed too. */
function checkLinks(dir) {
  const pages = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) =>
    /^(?!.*node_modules).*\.md$/.test(name),
  );
  const links = pages.flatMap((page) => {
    const found = readFileSync(join(dir, page), "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g);
    return Array.from(found, ([, link]) => ({ page, link }));
  });
  const broken = links.filter(({ page, link }) => link !== onlyInTheSite && !existsSync(join(dir, page, "..", link)));
  if (broken.length > 0) throw new Error(`broken: ${broken.map(({ page, link }) => `${page}: ${link}`).join(", ")}`);
  console.log(`${links.length} links of ${pages.length} packed pages lead to packed files`);
}

try {
  run("npx", ["publint", "--strict"]);
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", project]));
  const tarball = join(project, packed.filename);
  run("npx", ["attw", tarball, "--profile", "esm-only"]);

  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "voxrx"), { recursive: true });
  run("tar", ["xzf", tarball, "--strip-components=1", "-C", join(modules, "voxrx")]);
  checkLinks(join(modules, "voxrx"));
  const { dependencies, peerDependencies } = JSON.parse(run("cat", ["package.json"]));
  for (const name of [...Object.keys(dependencies), ...Object.keys(peerDependencies), "@types/node", "typescript"]) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "dir");
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(project, "use.ts"),
    `import { Dataset } from "voxrx";
import { batch, map } from "voxrx/operators";
import * as datasets from "voxrx/datasets";
const pairs: Dataset<number[]> = Dataset.from([1, 2, 3]).pipe(map((n) => n * 2), batch(2));
console.log(JSON.stringify(await pairs.toArray()), typeof datasets);
`,
  );
  const files = ["own.ts", "broken.ts", "check.ts"];
  for (const file of files) copyFileSync(join(root, "test", "package", file), join(project, file));
  const options = ["--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck", "--types", "node"];
  // Under a separate prefix: among the project's packages it would replace the command tsc.
  run("npm", [
    "install",
    "--silent",
    "--no-save",
    "--prefix",
    join(project, "oldest"),
    `typescript@${oldestTypescript}`,
  ]);
  for (const dir of [join(project, "oldest"), root]) {
    const tsc = join(dir, "node_modules", "typescript", "bin", "tsc");
    run("node", [tsc, "--outDir", ".", ...options, "use.ts", ...files], project);
  }
  const output = run("node", ["use.js"], project).trim();
  if (output !== "[[2,4],[6]] object")
    throw new Error(`expected [[2,4],[6]] object from the packed package, got ${output}`);
  run("node", [join(modules, "voxrx", "dist", "cli.js"), "--help"], project);
  checkPromises(JSON.parse(run("node", ["check.js"], project)));
  console.log(`${packed.filename}: ${packed.files.length} files, ${packed.size} bytes, works from an empty project`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
