// Packs the package as it would be published, checks the tarball, and uses it from an empty project.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

/** The oldest TypeScript that reads the package's types, as the README says. */
const oldestTypescript = "5.0";

/** What a user declares well keeps every promise; what is broken in one way breaks the promise that is about it. */
function checkPromises(found) {
  const broken = {
    captures: "made again in another thread",
    misdeclares: "its value function gives what it gives",
    drawsElsewhere: "it gives the same items again in the same epoch",
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
  console.log(
    `${Object.keys(found).length - Object.keys(broken).length} things that a user declares pass their suites; ${Object.keys(broken).length} broken ones fail`,
  );
}

try {
  run("npx", ["publint", "--strict"]);
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", project]));
  const tarball = join(project, packed.filename);
  run("npx", ["attw", tarball, "--profile", "esm-only"]);

  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "voxrx"), { recursive: true });
  run("tar", ["xzf", tarball, "--strip-components=1", "-C", join(modules, "voxrx")]);
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
  // Under a prefix of its own: among the project's packages it would take over the command tsc.
  run("npm", [
    "install",
    "--silent",
    "--no-save",
    "--prefix",
    join(project, "oldest"),
    `typescript@${oldestTypescript}`,
  ]);
  for (const folder of [join(project, "oldest"), root]) {
    const tsc = join(folder, "node_modules", "typescript", "bin", "tsc");
    run("node", [tsc, "--outDir", ".", ...options, "use.ts", ...files], project);
  }
  const said = run("node", ["use.js"], project).trim();
  if (said !== "[[2,4],[6]] object") throw new Error(`the packed package said ${said}`);
  run("node", [join(modules, "voxrx", "dist", "cli.js"), "--help"], project);
  checkPromises(JSON.parse(run("node", ["check.js"], project)));
  console.log(`${packed.filename}: ${packed.files.length} files, ${packed.size} bytes, works from an empty project`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
