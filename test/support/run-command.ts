import { spawn } from "node:child_process";
import { once } from "node:events";
import { childScript } from "./children.ts";

/** What a command wrote and how it ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs `voxrx` in a process of its own, until it ends by itself. */
export async function runCommand(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [childScript("cli"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => void (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => void (stderr += String(chunk)));
  const [code]: unknown[] = await once(child, "close");
  return { stdout, stderr, code: typeof code === "number" ? code : null };
}

/** The records of an output with one JSON value per line. */
export function recordsIn({ stdout }: CommandResult): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
