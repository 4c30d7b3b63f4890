import { z } from "zod";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { type Cursor, type Entry, open, type Run, type Stage } from "../../src/dataset/stage.ts";
import { checkOptions } from "../../src/options.ts";

/** What {@link progress} tells of a run. */
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
  /** Of these, milliseconds that the consumer waited for the pipeline: close to 1 of all means that the pipeline is the slower one. */
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
  /** Told every report. Default: a line on stderr, rewritten in place on a terminal, written once at the end elsewhere. */
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
export function progress<T>(options: ProgressOptions = {}): SameOperator<T> {
  const { name, everyMs } = checkOptions("progress", schema, options);
  const report = options.report ?? writeLine;
  return stageOperator<SameOperator<T>>((input) => new ProgressStage(input, name, everyMs, report));
}

const schema = z.strictObject({
  name: z.string().default("progress"),
  everyMs: z.number().min(0).default(100),
  report: z.custom<ProgressOptions["report"]>((value) => typeof value === "function").optional(),
});

class ProgressStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #name: string;
  readonly #everyMs: number;
  readonly #report: (report: ProgressReport) => void;

  constructor(input: Stage<unknown>, name: string, everyMs: number, report: (report: ProgressReport) => void) {
    super(input);
    this.#input = input;
    this.#name = name;
    this.#everyMs = everyMs;
    this.#report = report;
    this.index = input.index;
  }

  knownLength(): number | undefined {
    return this.#input.knownLength?.();
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    let items = 0;
    let begun = 0;
    let waitedMs = 0;
    let lastReport = 0;
    let finished = false;
    const tell = (done: boolean): void => {
      const now = performance.now();
      if (finished || (!done && now - lastReport < this.#everyMs)) return;
      lastReport = now;
      finished = done;
      const total = this.knownLength();
      this.#report({ name: this.#name, epoch: run.epoch, items, total, elapsedMs: now - begun, waitedMs, done });
    };
    const next = async (): Promise<Entry<unknown> | undefined> => {
      const asked = performance.now();
      begun ||= asked;
      const entry = await base.next();
      waitedMs += performance.now() - asked;
      if (entry) items++;
      tell(entry === undefined);
      return entry;
    };
    return {
      next,
      close() {
        if (begun > 0) tell(true);
        return base.close();
      },
    };
  }

  describe() {
    return [{ name: "progress", detail: this.#name }];
  }
}

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
