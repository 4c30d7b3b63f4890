import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { childScript } from "./children.ts";

/** What a command wrote and how it ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** A command that runs. */
export interface StartedCommand {
  readonly child: ChildProcess;
  /** What it has written to stderr so far. */
  readonly stderr: () => string;
  readonly result: Promise<CommandResult>;
}

/** Starts `voxrx` in a process of its own. */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  nodeArguments: readonly string[] = [],
): StartedCommand {
  const child = spawn(process.execPath, [...nodeArguments, childScript("cli"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => void (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => void (stderr += String(chunk)));
  const ended = async () => {
    const [code]: unknown[] = await once(child, "close");
    return { stdout, stderr, code: typeof code === "number" ? code : null };
  };
  return { child, stderr: () => stderr, result: ended() };
}

/** Runs `voxrx` in a process of its own, until it ends by itself. */
export function runCommand(...args: readonly string[]): Promise<CommandResult> {
  return startCommand(args).result;
}

/** The records of an output with one JSON value per line. */
export function recordsIn({ stdout }: CommandResult): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
