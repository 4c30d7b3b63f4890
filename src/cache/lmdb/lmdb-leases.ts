/** Who computes what, among all processes that share a folder. A lease of a process that died, or fell silent, is taken over. */
import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { jsonBytes, readJson, type Tables } from "./lmdb-environment.ts";

const beatMs = 5_000;
/** Twelve beats: a process that lives but was not heard of for so long is stopped, or stuck. */
const silentMs = 60_000;

const leaseSchema = z.object({
  /** Identity of this one lease. */
  id: z.string(),
  pid: z.int(),
  /** When the process began, as the system counts: a process id is used again, this pair is not. */
  start: z.string(),
  /** Machine and process namespace in which the process id has a meaning. */
  place: z.string(),
  /** When the owner was last heard of, ms since 1970. */
  beat: z.number(),
});

type Lease = z.output<typeof leaseSchema>;

/** The leases that one process holds, kept alive by a beat that does not keep the process alive. */
export class Leases {
  readonly #tables: Tables;
  readonly #held = new Map<string, Lease>();
  #beat: NodeJS.Timeout | undefined;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Whether the lease of a key is there to be taken, from nobody or from an owner that is gone. Only reads. */
  isFree(key: string): boolean {
    const { root, leases } = this.#tables;
    root.resetReadTxn();
    const owner = readJson(leases, key, leaseSchema);
    return !owner || isGone(owner);
  }

  /** Takes the lease of a key; false if another was faster. */
  async take(key: string): Promise<boolean> {
    const { root, leases } = this.#tables;
    const mine = { id: randomUUID(), pid: process.pid, start: startOf(process.pid), place, beat: Date.now() };
    const taken = await root.transaction(() => {
      const owner = readJson(leases, key, leaseSchema);
      if (owner && !isGone(owner)) return false;
      leases.put(key, jsonBytes(mine));
      return true;
    });
    if (!taken) return false;
    this.#held.set(key, mine);
    this.#beat ??= setInterval(() => void this.#renew(), beatMs).unref();
    return true;
  }

  /** Gives a lease back, if it is still ours. */
  async drop(key: string): Promise<void> {
    const mine = this.#held.get(key);
    if (!mine) return;
    this.#forget(key);
    const { root, leases } = this.#tables;
    await root.transaction(() => {
      if (readJson(leases, key, leaseSchema)?.id === mine.id) leases.remove(key);
    });
  }

  /** Gives all leases back. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((key) => this.drop(key)));
  }

  async #renew(): Promise<void> {
    const { root, leases } = this.#tables;
    const renewed = root.transaction(() => {
      for (const [key, mine] of this.#held) {
        if (readJson(leases, key, leaseSchema)?.id !== mine.id) continue;
        leases.put(key, jsonBytes({ ...mine, beat: Date.now() }));
      }
    });
    // A beat that cannot be written is a disk that is full: the write of the entry says so to those who wait.
    await renewed.catch(() => undefined);
  }

  #forget(key: string): void {
    this.#held.delete(key);
    if (this.#held.size > 0) return;
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}

const place = `${hostname()} ${orUnknown(() => readlinkSync("/proc/self/ns/pid"))}`;

function isGone({ pid, start, place: home, beat }: Lease): boolean {
  // Both ways: a clock that was set back must not make a lease last for as long as it was set back.
  if (Math.abs(Date.now() - beat) > silentMs) return true;
  return home === place && !(isAlive(pid) && startOf(pid) === start);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Start of a process in ticks since boot: field 22 of /proc/PID/stat. The name before may hold blanks and brackets. */
function startOf(pid: number): string {
  return orUnknown(() => {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // A killed process whose parent has not yet asked for its end is still listed, as a zombie.
    return fields[0] === "Z" ? "ended" : (fields[19] ?? "unknown");
  });
}

function orUnknown(read: () => string): string {
  try {
    return read();
  } catch {
    return "unknown";
  }
}
