// Packs the package as it would be published, checks the tarball, and uses it from an empty project.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
  run(
    "node",
    [
      join(root, "node_modules", "typescript", "bin", "tsc"),
      "--outDir",
      ".",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--strict",
      "--skipLibCheck",
      "--types",
      "node",
      "use.ts",
    ],
    project,
  );
  const said = run("node", ["use.js"], project).trim();
  if (said !== "[[2,4],[6]] object") throw new Error(`the packed package said ${said}`);
  run("node", [join(modules, "voxrx", "dist", "cli.js"), "--help"], project);
  console.log(`${packed.filename}: ${packed.files.length} files, ${packed.size} bytes, works from an empty project`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
