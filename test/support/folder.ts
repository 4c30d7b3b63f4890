import { lstat, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endChildrenOf } from "./children.ts";

/** A folder of a test's own, removed when its scope ends, with the children that work in it. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "voxrx-"));
  const remove = async () => {
    await endChildrenOf(path);
    await rm(path, { recursive: true, force: true });
  };
  return { path, [Symbol.asyncDispose]: remove };
}

/** Files below a folder that this process holds open; empty on systems that do not say. */
export async function openFilesIn(folder: string): Promise<string[]> {
  const numbers = await readdir("/proc/self/fd").catch(() => []);
  const paths = await Promise.all(numbers.map((n) => readlink(`/proc/self/fd/${n}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(folder));
}

/** Every file and folder below a folder with its content; `.voxrx` left out unless asked for. */
export async function treeOf(folder: string, withRecords = false): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  for (const name of names.sort()) {
    if (!withRecords && name.split("/").includes(".voxrx")) continue;
    const path = join(folder, name);
    const found = await lstat(path);
    tree[name] = found.isFile() ? (await readFile(path)).toString("base64") : found.isDirectory() ? "folder" : "other";
  }
  return tree;
}
