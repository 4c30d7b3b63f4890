/** A disk that is soon full: a file system in memory. Only where this process may mount one. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function mounted(options: string): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), "voxrx-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", dir], { stdio: "ignore" });
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

const first = mounted("size=64k");
if (first !== undefined) unmount(first);

/** Whether small disks can be made here; tests that need one are skipped otherwise. */
export const hasSmallDisks = first !== undefined;

/** A disk that a test has for itself. */
export interface SmallDisk extends Disposable {
  readonly dir: string;
  /** Changes what it was mounted with: `size=1m`, `ro`, `nr_inodes=0` (any number). */
  change(options: string): void;
}

/** A disk of some size, such as `8m`, and of so many files and directories. */
export function smallDisk(size: string, files = 0): SmallDisk {
  const dir = mounted(`size=${size},nr_inodes=${files}`);
  if (dir === undefined) throw new Error("no file system can be mounted here");
  return {
    dir,
    change: (options) => void execFileSync("mount", ["-o", `remount,${options}`, dir], { stdio: "ignore" }),
    [Symbol.dispose]: () => unmount(dir),
  };
}
