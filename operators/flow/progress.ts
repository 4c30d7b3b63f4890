import { z } from "zod";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { functionSchema } from "../../src/options.ts";

/** What {@link progress} says of a run. */
export interface ProgressReport {
  /** Name of the line. */
  readonly name: string;
  readonly epoch: number;
  /** Items given so far. */
  readonly items: number;
  /** Items that there are, where that is known. */
  readonly total: number | undefined;
  /** Milliseconds since the first item was asked for. */
  readonly elapsedMs: number;
  /**
   * Of these, milliseconds that the consumer waited for the pipeline: close to 1 of all means that the pipeline is the
   * slower one.
   */
  readonly waitedMs: number;
  /** Whether this is the last report of the run. */
  readonly done: boolean;
}

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Name of the line. Default `progress`. */
  readonly name?: string;
  /** Shortest time between two reports, in ms. Default 100. */
  readonly everyMs?: number;
  /**
   * Called with every report. Default: writes a line to stderr, rewritten in place on a terminal, written once at the
   * end elsewhere.
   */
  readonly report?: (report: ProgressReport) => void;
}

/**
 * Shows how far a run is, how fast, and who waits for whom. Items pass unchanged; keeps an index.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { progress } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(progress({ name: "training" })).toArray();
 * ```
 */
export const progress = flowOperator<ProgressOptions, FlowOperator<ProgressOptions>>()({
  name: "progress",
  version: 1,
  decides: false,
  options: {
    name: z.string().default("progress"),
    everyMs: z.number().min(0).default(100),
    report: functionSchema<NonNullable<ProgressOptions["report"]>>().default(() => writeLine),
  },
  detail: ({ name }) => name,
  index: { length: (length) => length, at: (items, index) => items.at(index) },
  stream: (input, { name, everyMs, report }, { run }) => {
    let items = 0;
    let begun = 0;
    let waitedMs = 0;
    let lastReport = 0;
    let finished = false;
    const tell = (done: boolean): void => {
      const now = performance.now();
      if (finished || (!done && now - lastReport < everyMs)) return;
      lastReport = now;
      finished = done;
      const total = input.stage.knownLength?.();
      report({ name, epoch: run.epoch, items, total, elapsedMs: now - begun, waitedMs, done });
    };
    return {
      next() {
        const asked = performance.now();
        begun ||= asked;
        return whenReady(input.next(), (entry) => {
          waitedMs += performance.now() - asked;
          if (entry) items++;
          tell(entry === undefined);
          return entry;
        });
      },
      close() {
        if (begun > 0) tell(true);
      },
    };
  },
});

function writeLine(report: ProgressReport): void {
  const { stderr } = process;
  const { name, epoch, items, total, elapsedMs, waitedMs, done } = report;
  if (!stderr.isTTY && !done) return;
  const seconds = elapsedMs / 1000;
  const of = total === undefined ? "" : `/${total}`;
  const rate = seconds > 0 ? (items / seconds).toFixed(1) : "-";
  const waited = elapsedMs > 0 ? Math.round((100 * waitedMs) / elapsedMs) : 0;
  const line = `${name}, epoch ${epoch}: ${items}${of} items, ${seconds.toFixed(1)} s, ${rate}/s, consumer waited ${waited}%`;
  stderr.write(stderr.isTTY ? `\r\x1b[2K${line}${done ? "\n" : ""}` : `${line}\n`);
}
