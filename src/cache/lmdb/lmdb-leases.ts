/**
 * Leases say which process computes which entry, among all processes that share a directory. The lease of a process
 * that died, or has not renewed it for a minute, can be taken over.
 */
import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { processIdentitySchema, processState, thisProcess } from "../../files/process-identity.ts";
import { numberSchema } from "../../options.ts";
import { commit, jsonBytes, readJson, type Tables } from "./lmdb-environment.ts";

const beatMs = 5_000;
/** Twelve beats: a process that is alive but has not renewed its lease for so long is stopped or stuck. */
const silentMs = 60_000;

const leaseSchema = v.object({
  ...processIdentitySchema.entries,
  /** Identity of this one lease. */
  id: v.string(),
  /** When the owner last renewed the lease, ms since 1970. */
  beat: numberSchema,
});

type Lease = v.InferOutput<typeof leaseSchema>;

/** The leases that one process holds, renewed by a timer that does not keep the process alive. */
export class Leases {
  readonly #tables: Tables;
  readonly #held = new Map<string, Lease>();
  #beat: NodeJS.Timeout | undefined;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Whether the lease of an id can be taken: it has no owner, or its owner is gone. Only reads. */
  isFree(id: string): boolean {
    const { root, leases } = this.#tables;
    root.resetReadTxn();
    const owner = readJson(leases, id, leaseSchema);
    return !owner || isGone(owner);
  }

  /** Takes the lease of an id; false if another process was faster. */
  async take(id: string): Promise<boolean> {
    const { leases } = this.#tables;
    const mine = { ...thisProcess(), id: randomUUID(), beat: Date.now() };
    const taken = await commit(this.#tables, () => {
      const owner = readJson(leases, id, leaseSchema);
      if (owner && !isGone(owner)) return false;
      leases.put(id, jsonBytes(mine));
      return true;
    });
    if (!taken) return false;
    this.#held.set(id, mine);
    this.#beat ??= setInterval(() => void this.#renew(), beatMs).unref();
    return true;
  }

  /** Releases a lease, if this process still has it. */
  async drop(id: string): Promise<void> {
    const mine = this.#held.get(id);
    if (!mine) return;
    this.#forget(id);
    const { leases } = this.#tables;
    await commit(this.#tables, () => {
      if (readJson(leases, id, leaseSchema)?.id === mine.id) leases.remove(id);
    });
  }

  /** Releases all leases. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.drop(id)));
  }

  async #renew(): Promise<void> {
    const { leases } = this.#tables;
    const renewed = commit(this.#tables, () => {
      for (const [id, mine] of this.#held) {
        if (readJson(leases, id, leaseSchema)?.id !== mine.id) continue;
        leases.put(id, jsonBytes({ ...mine, beat: Date.now() }));
      }
    });
    // If a beat can't be written, the disk is full: writing the entry then fails and reports it to the callers.
    await renewed.catch(() => undefined);
  }

  #forget(id: string): void {
    this.#held.delete(id);
    if (this.#held.size > 0) return;
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}

function isGone(owner: Lease): boolean {
  // In both directions: if the clock was set back, the lease must not last longer by that time.
  return Math.abs(Date.now() - owner.beat) > silentMs || processState(owner) === "ended";
}
