/**
 * Identifies the process that holds a lock, and whether it still runs. On Linux, /proc reports when a process started,
 * which distinguishes it from a later one with the same id. macOS doesn't: there, only a process that is gone
 * is known for certain, and otherwise the time of the owner's last sign of life decides.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import * as v from "valibot";
import { integerSchema } from "../options.ts";
import { checkPlatform } from "./check-platform.ts";
import { systemCode } from "./disk-failure.ts";

const unknown = "unknown";

/** Checks a {@link ProcessIdentity}. */
export const processIdentitySchema = v.object({
  pid: integerSchema,
  /**
   * Start time of the process, in the system's units; `"unknown"` if it isn't reported. Process ids are reused, this
   * pair is not.
   */
  start: v.string(),
  /** Machine, its start, and process namespace to which the process id belongs. */
  place: v.string(),
});

/** Identifies one process across machines and over time. */
export type ProcessIdentity = v.InferOutput<typeof processIdentitySchema>;

/** The process that this code runs in. */
export function thisProcess(): ProcessIdentity {
  checkPlatform();
  return { pid: process.pid, start: startOf(process.pid), place };
}

/** Whether a process is the one that this code runs in. */
export function isThisProcess({ pid, start, place: theirPlace }: ProcessIdentity): boolean {
  return theirPlace === place && pid === process.pid && start === startOf(pid);
}

/** Whether a process still runs. Unknown: it is on another machine, or its id may belong to a later process by now. */
export function processState({ pid, start, place: theirPlace }: ProcessIdentity): "running" | "ended" | "unknown" {
  if (theirPlace !== place) return "unknown";
  if (!isAlive(pid)) return "ended";
  const found = startOf(pid);
  if (found === unknown || start === unknown) return "unknown";
  return found === start ? "running" : "ended";
}

/** Copies of a virtual machine may have one name, and the outermost namespace is called the same on all machines. */
const place = [
  hostname(),
  orUnknown(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()),
  orUnknown(() => readlinkSync("/proc/self/ns/pid")),
].join(" ");

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM"; // it runs, but belongs to another user
  }
}

/**
 * Start of a process in ticks since boot: field 22 of /proc/PID/stat. The name before it may contain spaces and
 * parentheses.
 */
function startOf(pid: number): string {
  return orUnknown(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process that ended but was not yet waited for by its parent is still listed, as a zombie.
    return fields[0] === "Z" ? "ended" : (fields[19] ?? unknown);
  });
}

function orUnknown(read: () => string): string {
  try {
    return read();
  } catch {
    return unknown;
  }
}
