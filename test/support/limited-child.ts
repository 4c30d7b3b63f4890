/** Jobs in a process with limits of the system. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { childScript } from "./children.ts";
import type { JobOutcome, JobPlace } from "./fault-jobs.ts";

const children: ChildProcess[] = [];

/** How jobs end after a command of the shell that sets a limit, and the exit code or signal of their process. */
export async function outcomesUnder(
  limit: string,
  list: readonly { readonly job: string; readonly place: JobPlace }[],
): Promise<{ readonly outcomes: readonly JobOutcome[]; readonly exit: unknown }> {
  const command = `${limit}; exec "${process.execPath}" "$0" "$@"`;
  const child = fork(childScript("jobs"), [JSON.stringify(list)], {
    execPath: "/bin/sh",
    execArgv: ["-c", command],
    silent: true,
  });
  children.push(child);
  child.stdout?.resume();
  child.stderr?.resume();
  const outcomes: JobOutcome[] = [];
  child.on("message", (message) => outcomes.push(message as JobOutcome));
  const [code, signal]: unknown[] = await once(child, "exit");
  return { outcomes, exit: signal ?? code };
}

/** Kills what still runs. */
export function killLimitedChildren(): void {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
}
