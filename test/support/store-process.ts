/** Processes of a test's own that use a store. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
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

/** What a child says next. Rejects if it ends before. */
export async function messageOf(child: ChildProcess): Promise<unknown> {
  const given = new AbortController();
  const ended = once(child, "exit", { signal: given.signal }).then(([code]: unknown[]) => {
    throw new Error(`the child process ended with ${code} and said nothing`);
  });
  try {
    const [message]: unknown[] = await Promise.race([once(child, "message", { signal: given.signal }), ended]);
    return message;
  } finally {
    ended.catch(() => undefined);
    given.abort();
  }
}
