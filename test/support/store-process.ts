/** Processes of a test's own that use a store. */
import { type ChildProcess, fork } from "node:child_process";
import { childScript, endingWithFolder, forkChild } from "./children.ts";

/** Starts test/children/store.ts with arguments that it knows. */
export function startStoreChild(...args: readonly string[]): ChildProcess {
  return forkChild("store", ...args);
}

/** The same where no file may grow beyond so many blocks of 512 or 1024 bytes (systems differ): writes beyond fail as on a full disk. */
export function startLimitedStoreChild(blocks: number, ...args: readonly string[]): ChildProcess {
  const command = `trap '' XFSZ; ulimit -f ${blocks}; exec "${process.execPath}" "$0" "$@"`;
  // lmdb writes each failure to stderr on its own.
  return endingWithFolder(
    fork(childScript("store"), args, { execPath: "/bin/sh", execArgv: ["-c", command], silent: true }),
  );
}
