/**
 * Names that say which call of which process something on disk belongs to: locks and unfinished files. What a killed
 * process left is known by them, and never taken for what a living one works on.
 */
import { createHash, randomUUID } from "node:crypto";
import { threadId } from "node:worker_threads";
import { isThisProcess, type ProcessIdentity, processState, thisProcess } from "./process-identity.ts";

/** Names of owners that are calls of this thread, and not done yet. */
const active = new Set<string>();

/** A new name of a call in this thread: its process, the thread, the machine and a random id. */
export function newOwner(): string {
  const { pid, start, place } = thisProcess();
  const name = [pid, start, threadId, placeKey(place), randomUUID().replaceAll("-", "")].join("-");
  active.add(name);
  return name;
}

/** Notes that a call is done: what still has its name is a leftover. */
export function endOwner(name: string): void {
  active.delete(name);
}

/** Whether text is a name that {@link newOwner} makes. */
export function isOwnerName(text: string): boolean {
  return ownerOf(text) !== undefined;
}

/**
 * Whether an owner still works on what has its name. Unknown: its process is on another machine, or in another thread,
 * or the system doesn't say when processes started.
 */
export function ownerState(name: string): "running" | "ended" | "unknown" {
  const owner = ownerOf(name);
  if (!owner) return "unknown";
  if (isThisProcess(owner)) {
    if (owner.thread !== threadId) return "unknown";
    return active.has(name) ? "running" : "ended";
  }
  return processState(owner);
}

function placeKey(place: string): string {
  return createHash("sha256").update(place).digest("hex").slice(0, 16);
}

/** Who an owner's name says it is; undefined if it is not such a name. A place of another machine stays a key. */
function ownerOf(name: string): (ProcessIdentity & { readonly thread: number }) | undefined {
  const [, pid, start = "", thread, key] = /^(\d+)-(\w+)-(\d+)-([0-9a-f]{16})-[0-9a-f]{32}$/.exec(name) ?? [];
  if (pid === undefined) return undefined;
  const { place } = thisProcess();
  return { pid: Number(pid), start, thread: Number(thread), place: key === placeKey(place) ? place : `${key}` };
}
