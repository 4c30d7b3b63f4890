/** Processes that tests start. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { inject } from "vitest";

/** The bundle of a file in test/children, or `cli`. */
export function childScript(name: string): string {
  return join(inject("children"), `${name}.js`);
}

/** Starts a file of test/children with arguments that it knows, and a channel for messages. */
export function forkChild(name: string, ...args: readonly string[]): ChildProcess {
  return fork(childScript(name), args);
}
