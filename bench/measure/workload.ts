/** What is measured: each workload is one line of the table. */
import type { Scans } from "../data/scans.ts";
import type { PeerWork } from "../peer/peer-work.ts";
import type { Target } from "../report/target.ts";
import type { Profile } from "./answers.ts";
import type { Build } from "./build.ts";

/** The clock of one call. */
export interface Clock {
  /** Starts again: what the call did so far was preparation. */
  begin(): void;
}

/** Figures that a workload measured by itself, in another process: returned by `run` in place of a result. */
export class Figures {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly memoryMB: number | undefined;

  constructor({ wallMs, cpuMs, memoryMB }: { wallMs: number; cpuMs: number; memoryMB?: number | undefined }) {
    this.wallMs = wallMs;
    this.cpuMs = cpuMs;
    this.memoryMB = memoryMB;
  }
}

/** A workload that is ready to run. */
export interface Subject {
  /** Does the work once and returns what a consumer gets, who keeps the last four results. */
  run(clock: Clock): unknown;
  /** Does only what no program can leave out: the limit of the machine, measured in the same process. */
  limit?(clock: Clock): unknown;
  /** Where the main thread spends its time, if that is in another process. Default: the profile of `run`. */
  profile?(): Promise<Profile>;
  /** Releases what it holds. */
  close?(): unknown;
}

/** What a workload is prepared with. */
export interface Bench {
  readonly build: Build;
  readonly scans: Scans;
  /** An empty directory of its own, removed at the end. */
  readonly dir: string;
  /** Whether this is the quick run on small scans. */
  readonly short: boolean;
}

/** One line of the table. */
export interface Workload {
  /** Its name in the table, also what `--filter` looks at. */
  readonly name: string;
  /** The heading that it stands under in docs/performance.md. */
  readonly group: string;
  readonly prepare: (bench: Bench) => Subject | Promise<Subject>;
  /** What `limit` of its subject does, in a few words. */
  readonly limit?: string;
  /** The same work for MONAI, or for the library that reads such files. */
  readonly peer?: (scans: Scans) => PeerWork;
  /** Whether something is drawn, so that values differ from the peer's. Default false. */
  readonly draws?: boolean;
  readonly targets?: readonly Target[];
  /** The short run fails if the work takes more than this multiple of its limit, by CPU time in the best rounds. */
  readonly bound?: number;
  /** The decompressor to measure with. Default: the one that VoxRx finds. */
  readonly inflate?: "zlib" | "libdeflate";
  /** Whether it is measured in a process of its own: it needs no call to warm up. Default false. */
  readonly ownProcess?: boolean;
  /** Whether one round is enough, because it takes long. Default false. */
  readonly once?: boolean;
}
