/** Bundles what tests run in processes of their own, once per run: a bundle starts three times as fast as its sources. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of the bundles, one for each file in test/children, `cli.js`, `quickstart.js`, and the program and a module of worker threads. */
    children: string;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the bundles, and takes them away after the run. */
export default async function buildChildren(project: TestProject): Promise<() => Promise<void>> {
  const cache = join(root, "node_modules", ".cache", "voxrx");
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, "children-"));
  const sources = await readdir(join(root, "test", "children"));
  const { jobs, ...others } = Object.fromEntries(
    sources.map((file) => [basename(file, ".ts"), join(root, "test", "children", file)]),
  );
  if (jobs === undefined) throw new Error("test/children/jobs.ts is not there");
  // On their own: what more programs share is cut into more files, and jobs run where few can be open.
  await bundle(outDir, { jobs });
  await bundle(outDir, { quickstart: join(root, "examples", "quickstart.ts") });
  await bundle(outDir, {
    ...others,
    cli: join(root, "cli", "main.ts"),
    "voxrx-worker": join(root, "operators", "voxrx-worker.ts"),
    "moving-operators": join(root, "test", "support", "moving-operators.ts"),
  });
  project.provide("children", outDir);
  return () => rm(outDir, { recursive: true, force: true });
}

function bundle(outDir: string, entry: Readonly<Record<string, string>>): Promise<unknown> {
  return build({
    config: false,
    cwd: root,
    entry,
    outDir,
    format: "esm",
    platform: "node",
    target: "node20",
    dts: false,
    clean: false,
    fixedExtension: false,
    logLevel: "error",
    // A program reads one file instead of fifty, and no comments.
    deps: { alwaysBundle: [/^rxjs/, "valibot", "seedrandom"] },
    outputOptions: { comments: false },
  });
}
