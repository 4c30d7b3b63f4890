/** A disk that is soon full: a file system in memory. Only where this process may mount one. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function mounted(size: string): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), "voxrx-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir], { stdio: "ignore" });
    return dir;
  } catch {
    rmdirSync(dir);
    return undefined;
  }
}

function unmount(dir: string): void {
  execFileSync("umount", ["--lazy", dir]);
  rmdirSync(dir);
}

const first = mounted("64k");
if (first !== undefined) unmount(first);

/** Whether small disks can be made here; tests that need one are skipped otherwise. */
export const hasSmallDisks = first !== undefined;

/** A disk of some size, such as `8m`. */
export function smallDisk(size: string): { readonly dir: string; [Symbol.dispose](): void } {
  const dir = mounted(size);
  if (dir === undefined) throw new Error("no file system can be mounted here");
  return { dir, [Symbol.dispose]: () => unmount(dir) };
}
