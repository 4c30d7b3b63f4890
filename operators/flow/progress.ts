import * as v from "valibot";
import { callUser } from "../../src/async/call-user.ts";
import { isPromise, type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { isVoxRxError } from "../../src/errors.ts";
import { type ProgressOutput, progressOutput } from "../../src/inspect/progress-output.ts";
import { type Ending, type ProgressReport, ProgressTally } from "../../src/inspect/progress-report.ts";
import { sizeOf } from "../../src/item/size.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { functionSchema, numberSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import {
  type Cursor,
  type Entry,
  type OpenCursor,
  open,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";

export type { ProgressReport } from "../../src/inspect/progress-report.ts";

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Name at the start of the line: `training, epoch 0`. Default: none, `epoch 0`. */
  readonly name?: string;
  /** Shortest time between two reports, in ms. Default 100. */
  readonly everyMs?: number;
  /** Whether to draw nothing. Default false. */
  readonly quiet?: boolean;
  /**
   * Called with every report, instead of drawing. Default: draws on stderr, a bar on a terminal, elsewhere a line every
   * 5 seconds and one at the end.
   */
  readonly onProgress?: (report: ProgressReport) => void;
}

/**
 * Shows how far a run is, how fast it goes, how much of it came from a cache, and how long the consumer waited for the
 * pipeline. Items pass unchanged. An indexed dataset stays indexed.
 *
 * On a terminal it is a bar; runs at the same time have one each. Elsewhere it is a line every 5 seconds and one at the
 * end. Nothing is drawn for `peek` and `at`, for a run that is closed before its first item, or for a dataset inside
 * another one that has a `progress` further out: in a source function, in `flatMap`, in `zip` or `concat`.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { progress } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(progress({ name: "training" })).toArray();
 * ```
 */
export const progress = stageOperator<ProgressOptions, FlowOperator<ProgressOptions>>()({
  name: "progress",
  version: 1,
  options: {
    name: v.optional(v.string(), ""),
    everyMs: v.optional(v.pipe(numberSchema, v.minValue(0)), 100),
    quiet: v.optional(v.boolean(), false),
    onProgress: v.optional(functionSchema<NonNullable<ProgressOptions["onProgress"]>>()),
  },
  stage: (input, options) =>
    declareStage({
      inputs: [input],
      text: { name: "progress", detail: options.name },
      passage: { keepsItems: true },
      holdsItems: false,
      index: { length: (length) => length, view: ([items]) => items },
      start: (run, from) => new ProgressCursor(input, run, from, options),
    }),
});

interface Settings {
  readonly name: string;
  readonly everyMs: number;
  readonly quiet: boolean;
  readonly onProgress?: ((report: ProgressReport) => void) | undefined;
}

/** Passes the items of a run on, and reports them. */
class ProgressCursor implements Cursor<unknown> {
  readonly #stage: Stage<unknown>;
  readonly #run: Run;
  readonly #settings: Settings;
  readonly #tally = new ProgressTally();
  readonly #input: OpenCursor<unknown>;
  readonly #output: ProgressOutput | undefined;
  #lastReport = 0;
  /** How the run would end if nothing more came. */
  #ending: Ending = "closed";
  #hasEnded = false;
  /** Id of the item that came last, for errors of `onProgress`. */
  item: string | undefined;

  constructor(input: Stage<unknown>, run: Run, from: Position | undefined, settings: Settings) {
    this.#stage = input;
    this.#run = run;
    this.#settings = settings;
    const isDrawn = !settings.quiet && !settings.onProgress && !run.inspection?.isSilent;
    this.#output = isDrawn ? progressOutput() : undefined;
    this.#input = open(input, { ...run, inspection: this.#tally.inspection(run.inspection) }, from);
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    const requestedAt = performance.now();
    this.#tally.start(requestedAt);
    const answered = () => {
      this.#tally.waitedMs += performance.now() - requestedAt;
    };
    const failed = (error: unknown): never => {
      answered();
      const aborted = this.#run.signal.aborted && error === this.#run.signal.reason;
      this.#ending = aborted ? "closed" : { failedAt: isVoxRxError(error) ? error.item : undefined };
      throw error;
    };
    const passed = (entry: Entry<unknown> | undefined) => {
      answered();
      return this.#passed(entry);
    };
    try {
      const coming = this.#input.next();
      return isPromise(coming) ? coming.then(passed, failed) : passed(coming);
    } catch (error) {
      return failed(error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#end(this.#ending);
    } finally {
      await this.#input.close();
    }
  }

  #passed(entry: Entry<unknown> | undefined): MaybePromise<Entry<unknown> | undefined> {
    this.item = entry?.id;
    if (entry === undefined) return whenReady(this.#end("end"), () => undefined);
    this.#ending = "closed";
    this.#tally.items++;
    this.#tally.bytes += sizeOf(entry.value);
    const now = performance.now();
    if (this.#hasEnded || now - this.#lastReport < this.#settings.everyMs) return entry;
    this.#lastReport = now;
    const report = this.#report(false);
    this.#output?.show(report);
    return whenReady(this.#tell(report), () => entry);
  }

  #end(ending: Ending): MaybePromise<void> {
    if (this.#hasEnded || !this.#tally.hasStarted) return undefined;
    this.#hasEnded = true;
    const report = this.#report(true);
    const isNothing = ending === "closed" && report.items === 0;
    return whenReady(isNothing ? undefined : this.#output?.end(report, ending), () => this.#tell(report));
  }

  #report(done: boolean): ProgressReport {
    const { name } = this.#settings;
    return this.#tally.report({ name, epoch: this.#run.epoch, total: this.#stage.knownLength?.(), done });
  }

  #tell(report: ProgressReport): MaybePromise<void> {
    const { onProgress } = this.#settings;
    return onProgress && callUser("onProgress", () => onProgress(report));
  }
}
