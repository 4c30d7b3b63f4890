/** Processes that tests start. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { inject } from "vitest";
import { systemCode } from "../../src/files/disk-failure.ts";

/** The bundle of a file in test/children, `cli` or `quickstart`. */
export function childScript(name: string): string {
  return join(inject("children"), `${name}.js`);
}

/** Those that run. */
const running = new Set<ChildProcess>();

/** Starts a file of test/children with arguments that it knows, and a channel for messages. */
export function forkChild(name: string, ...args: readonly string[]): ChildProcess {
  return endingWithFolder(fork(childScript(name), args));
}

/** A process that is killed before the folder of a test that one of its arguments names is removed. */
export function endingWithFolder(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Kills the processes whose arguments name a folder, or something in it, and waits until they have ended. */
export async function endChildrenOf(folder: string): Promise<void> {
  const isOfFolder = (arg: string) => arg === folder || arg.startsWith(`${folder}/`);
  const children = [...running].filter(({ spawnargs }) => spawnargs.some(isOfFolder));
  const ends = children.map((child) => once(child, "exit"));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ends);
}

/** What a child says next. Rejects if it ends before. */
export async function messageOf(child: ChildProcess): Promise<unknown> {
  const given = new AbortController();
  // Not "exit": that may come before what is still in the channel.
  const ended = once(child, "close", { signal: given.signal }).then(([code]: unknown[]) => {
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

/** Runs a file of test/children until the process ends by itself: what it wrote, and its exit code. */
export async function runChild(
  nodeArguments: readonly string[],
  name: string,
  ...args: readonly string[]
): Promise<{ readonly output: string; readonly code: number | null }> {
  const child = fork(childScript(name), args, { execArgv: [...nodeArguments], silent: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => void (output += String(chunk)));
  const [code]: unknown[] = await once(child, "close");
  return { output, code: typeof code === "number" ? code : null };
}

/** Kills a process that may have ended by itself: without the one that started it, it does so soon. */
export function killProcess(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}
