import type { CacheNote, Inspection } from "../plan/inspection.ts";

/** A report of `progress`. */
export interface ProgressReport {
  /** Name of the line; empty if none was given. */
  readonly name: string;
  readonly epoch: number;
  /** Number of items so far. */
  readonly items: number;
  /** Total number of items, if known. */
  readonly total: number | undefined;
  /** Bytes of the items so far, in memory. */
  readonly bytes: number;
  /** Items that a cache had, or that another consumer was computing; undefined if no cache was asked. */
  readonly hits: number | undefined;
  /** Items that a cache had computed, because it lacked them; undefined if no cache was asked. */
  readonly misses: number | undefined;
  /** Milliseconds since the first item was requested. */
  readonly elapsedMs: number;
  /**
   * Milliseconds of `elapsedMs` in which the consumer waited for the pipeline. If this is nearly all of it, the
   * pipeline is slower than the consumer.
   */
  readonly waitedMs: number;
  /** Whether this is the last report of the run. */
  readonly done: boolean;
}

/** How a run ended: at the last item, by its consumer, or by an error (with the id of the item, if there is one). */
export type Ending = "end" | "closed" | { readonly failedAt: string | undefined };

/** Counts what a run gives. */
export class ProgressTally {
  items = 0;
  bytes = 0;
  waitedMs = 0;
  #startedAt = 0;
  #hits = 0;
  #misses = 0;

  /** Called when an item is requested. */
  start(now: number): void {
    this.#startedAt ||= now;
  }

  get hasStarted(): boolean {
    return this.#startedAt > 0;
  }

  /** What a run is asked for, so that it counts the answers of caches, and draws no other progress. */
  inspection(outer: Inspection | undefined): Inspection {
    const onCache = (answer: CacheNote) => {
      if (answer.outcome === "computed") this.#misses++;
      else this.#hits++;
      outer?.onCache?.(answer);
    };
    return { ...outer, isSilent: true, onCache };
  }

  report(run: Pick<ProgressReport, "name" | "epoch" | "total" | "done">): ProgressReport {
    const { items, bytes, waitedMs } = this;
    const hasCache = this.#hits + this.#misses > 0;
    return {
      ...{ name: run.name, epoch: run.epoch, items, total: run.total, bytes },
      ...(hasCache ? { hits: this.#hits, misses: this.#misses } : { hits: undefined, misses: undefined }),
      ...{ elapsedMs: performance.now() - this.#startedAt, waitedMs, done: run.done },
    };
  }
}
