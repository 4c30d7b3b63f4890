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

/** Starts a file of test/children with arguments that it knows, and a channel for messages. */
export function forkChild(name: string, ...args: readonly string[]): ChildProcess {
  return fork(childScript(name), args);
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
