/** The builds that are measured: `dist/` of a checkout, as users get it. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The entry points of one build. */
export interface Build {
  /** Directory of its files. */
  readonly dist: string;
  readonly vox: typeof import("voxrx");
  readonly ops: typeof import("voxrx/operators");
  readonly extend: typeof import("voxrx/extend");
}

/** Node is started with it, as docs/tuning.md says for scripts with a small heap. */
export const heapFlag = "--initial-old-space-size=256";

/** This checkout. */
export const root = resolve(import.meta.dirname, "..", "..");

/** The directory with the built files of a checkout, or of what was built elsewhere. @throws Error if there is none */
export function distOf(path: string): string {
  const dist = [join(resolve(path), "dist"), resolve(path)].find((dir) => existsSync(join(dir, "operators.js")));
  if (dist === undefined) throw new Error(`${path} has no dist/operators.js: run npm run build there`);
  return dist;
}

/** Loads a build from its directory. */
export async function loadBuild(dist: string): Promise<Build> {
  const entry = (name: string) => pathToFileURL(join(dist, `${name}.js`)).href;
  const vox: Build["vox"] = await import(entry("index"));
  const ops: Build["ops"] = await import(entry("operators"));
  const extend: Build["extend"] = await import(entry("extend"));
  return { dist, vox, ops, extend };
}

/** Builds this checkout unless its `dist/` is newer than its sources; returns that directory. */
export function freshDist(): string {
  const built = join(root, "dist", "cli.js");
  const sources = ["src", "operators", "datasets", "cli", "package.json"].map((name) => newestIn(join(root, name)));
  if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
    console.log("building dist/ ...");
    const { status } = spawnSync("npm", ["run", "--silent", "build"], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error("npm run build failed");
  }
  return distOf(root);
}

/** When the newest file below a path was changed. */
function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
