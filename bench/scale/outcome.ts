/** What a simulated run came to. */
import type { ScaleParameters } from "./scale-parameters.ts";

/** Where the time of the cores went, in seconds of a core; their sum is what was paid for. */
export interface Spent {
  /** Computing what is in the result, at the speed of an ordinary machine. */
  useful: number;
  /** What slow machines took longer. */
  slow: number;
  /** Computing blocks whose worker died before they were done. */
  repeated: number;
  reading: number;
  writing: number;
  metadata: number;
  /** Starting workers and reading the plan. */
  starting: number;
  /** Nothing to do. */
  idle: number;
}

export interface Outcome {
  /** Seconds from the start to the last block. */
  readonly makespan: number;
  /** Seconds from the first core without work to the last block. */
  readonly tail: number;
  readonly spent: Readonly<Spent>;
  readonly blocks: number;
  /** Items that were computed in vain, because their worker died. */
  readonly repeatedItems: number;
  readonly crashes: number;
  readonly losses: number;
  /** Bytes read and written, with what was in vain. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes of the result. */
  readonly bytesKept: number;
  readonly operations: number;
  /** Shares of the time in which bandwidth and metadata server were used. */
  readonly readLoad: number;
  readonly writeLoad: number;
  readonly metadataLoad: number;
}

/** Seconds of all cores that were paid for. */
export function paidSeconds({ spent }: Outcome): number {
  return Object.values(spent).reduce((sum, seconds) => sum + seconds, 0);
}

/** The share of the time paid for that is not in the result. */
export function wastedShare(outcome: Outcome): number {
  return 1 - outcome.spent.useful / paidSeconds(outcome);
}

/** Files in the directory of the result: of each block shard, index and marker, and the manifest. */
export function filesOf({ blocks }: Outcome): number {
  return 3 * blocks + 1;
}

/** Dollars for the machines, and for a month of storing the result. */
export function costOf(outcome: Outcome, { cores, machinePrice, storagePrice }: ScaleParameters) {
  return {
    machines: (paidSeconds(outcome) / 3600 / cores) * machinePrice,
    month: (outcome.bytesKept / 1e12) * storagePrice,
  };
}

/** What keeps the run from being faster. */
export function limitOf(outcome: Outcome): string {
  const { readLoad, writeLoad, metadataLoad, makespan, tail, spent } = outcome;
  const loads: readonly (readonly [string, number])[] = [
    ["reading", readLoad],
    ["writing", writeLoad],
    ["metadata", metadataLoad],
  ];
  const [name, load] = loads.reduce((most, each) => (each[1] > most[1] ? each : most));
  if (load > 0.7) return name;
  if (tail / makespan > 0.25) return "tail";
  return spent.starting / paidSeconds(outcome) > 0.25 ? "start" : "cores";
}
