/** Workers of a simulated run, and where they take blocks from. */

import type { Spent } from "./outcome.ts";
import type { BlockWork } from "./simulated-work.ts";

/** Blocks that some workers take from: all of them, or with parts those of one machine. */
export interface Pool {
  readonly fresh: BlockWork[];
  readonly returned: BlockWork[];
  readonly waiting: SimulatedWorker[];
  readonly workers: SimulatedWorker[];
  left: number;
}

/** What a worker does; `absent` is not paid for. */
export type Phase = "absent" | "computing" | Exclude<keyof Spent, "useful" | "slow" | "repeated">;

export interface SimulatedWorker {
  readonly pool: Pool;
  readonly slowness: number;
  phase: Phase;
  since: number;
  /** Counts deaths: what was planned for an earlier life doesn't happen. */
  life: number;
  block: BlockWork | undefined;
  group: number;
  /** Seconds that it has computed on this block. */
  computed: number;
  cancel: (() => void) | undefined;
}

/** A worker of a machine that is not there yet. */
export function newWorker(pool: Pool, slowness: number): SimulatedWorker {
  return {
    pool,
    slowness,
    phase: "absent",
    since: 0,
    life: 0,
    block: undefined,
    group: 0,
    computed: 0,
    cancel: undefined,
  };
}
