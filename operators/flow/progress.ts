import * as v from "valibot";
import { callUser } from "../../src/async/call-user.ts";
import { type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { type FlowOperator, flowOperator } from "../../src/operator/flow-operator.ts";
import { functionSchema, numberSchema } from "../../src/options.ts";

/** A report of {@link progress}. */
export interface ProgressReport {
  /** Name of the line. */
  readonly name: string;
  readonly epoch: number;
  /** Number of items so far. */
  readonly items: number;
  /** Total number of items, if known. */
  readonly total: number | undefined;
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

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Name of the line. Default `progress`. */
  readonly name?: string;
  /** Shortest time between two reports, in ms. Default 100. */
  readonly everyMs?: number;
  /**
   * Called with every report. Default: writes a line to stderr; on a terminal it is updated in place, elsewhere it is
   * written once, at the end.
   */
  readonly onProgress?: (report: ProgressReport) => void;
}

/**
 * Reports how far a run is, how fast it goes, and how long the consumer waited for the pipeline. Items pass unchanged.
 * An indexed dataset stays indexed.
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
    name: v.optional(v.string(), "progress"),
    everyMs: v.optional(v.pipe(numberSchema, v.minValue(0)), 100),
    onProgress: v.optional(functionSchema<NonNullable<ProgressOptions["onProgress"]>>(), () => writeLine),
  },
  detail: ({ name }) => name,
  index: { length: (length) => length, at: (items, index) => items.at(index) },
  stream: (input, { name, everyMs, onProgress }, { run }) => {
    let items = 0;
    let startedAt = 0;
    let waitedMs = 0;
    let lastReport = 0;
    let finished = false;
    const report = (done: boolean): MaybePromise<void> => {
      const now = performance.now();
      if (finished || (!done && now - lastReport < everyMs)) return undefined;
      lastReport = now;
      finished = done;
      const total = input.stage.knownLength?.();
      const facts = { name, epoch: run.epoch, items, total, elapsedMs: now - startedAt, waitedMs, done };
      return callUser("onProgress", () => onProgress(facts));
    };
    return {
      next() {
        const requestedAt = performance.now();
        startedAt ||= requestedAt;
        return whenReady(input.next(), (entry) => {
          waitedMs += performance.now() - requestedAt;
          if (entry) items++;
          return whenReady(report(entry === undefined), () => entry);
        });
      },
      close() {
        return startedAt > 0 ? report(true) : undefined;
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
  const speed = `${seconds.toFixed(1)} s, ${rate}/s, consumer waited ${waited}%`;
  const line = `${name}, epoch ${epoch}: ${items}${of} items, ${speed}`;
  stderr.write(stderr.isTTY ? `\r\x1b[2K${line}${done ? "\n" : ""}` : `${line}\n`);
}
