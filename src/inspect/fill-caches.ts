/** Fills the caches of a plan without what comes after them. */

import { callUser } from "../async/call-user.ts";
import { whenReady } from "../async/maybe-promise.ts";
import { isVoxRxError, PipelineError } from "../errors.ts";
import { lastingSizeOf } from "../item/size.ts";
import { declareStage } from "../plan/declared-stage.ts";
import type { Run, Stage } from "../plan/stage.ts";
import { dropped, type Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import { eachEntry } from "./each-entry.ts";
import { type ProgressOutput, progressOutput } from "./progress-output.ts";
import { type ProgressReport, ProgressTally } from "./progress-report.ts";

/** How the progress of {@link Dataset.warm} is shown. */
export interface WarmProgress {
  /** Name of the line. Default `warm`. */
  readonly name?: string;
  /** Called with every report, instead of drawing. */
  readonly onProgress?: (report: ProgressReport) => void;
}

/** What {@link Dataset.warm} did. */
export interface WarmResult {
  /** Number of items that are cached now. */
  readonly items: number;
  /** How many of them were computed. */
  readonly computed: number;
  /** How many the caches had. */
  readonly hits: number;
  /** Bytes of the items in memory. */
  readonly bytes: number;
  readonly ms: number;
}

/** @throws PipelineError `VOXRX_NO_CACHE` */
export async function fillCaches(
  stage: Stage<unknown>,
  run: Run,
  progress: boolean | WarmProgress,
): Promise<WarmResult> {
  const fillings = fillingsOf(stage, [], new Set());
  if (fillings.length === 0) {
    throw new PipelineError("VOXRX_NO_CACHE", "the plan has no cache that could be filled", {
      operator: "warm",
      remedy:
        "Put cacheUntilRandom() after transforms that are the same in every epoch; explain() shows what it caches.",
    });
  }
  const filling = new Filling(run, progress, () => totalOf(fillings));
  for (const each of fillings) await filling.run(each);
  await filling.end();
  return filling.result;
}

/** What has to be run, for each cache. */
function fillingsOf(
  stage: Stage<unknown>,
  after: readonly ((input: Stage<unknown>) => Stage<unknown>)[],
  seen: Set<Stage<unknown>>,
): readonly Stage<unknown>[] {
  if (seen.has(stage)) return [];
  seen.add(stage);
  const cached = cachedPart(stage);
  // What is before a cache runs with it, other caches too.
  if (cached) return [after.reduce((input, over) => over(input), cached)];
  const over = stage.passage?.over;
  const next = over ? [over, ...after] : after;
  return stage.inputs.flatMap((input) => fillingsOf(input, next, seen));
}

/** A stage up to the cache in it. */
function cachedPart(stage: Stage<unknown>): Stage<unknown> | undefined {
  if (stage.passage?.cache) {
    return declareStage({
      inputs: [stage],
      text: () => stage.describe(),
      index: { length: (length) => length, view: ([items]) => items },
    });
  }
  if (!(stage instanceof TransformStage)) return undefined;
  const last = stage.transforms.findLastIndex(({ cache }) => cache);
  if (last < 0) return undefined;
  const part = new TransformStage(stage.base, stage.transforms.slice(0, last + 1).map(onlyKept));
  return TransformStage.leavingUnread(part);
}

/** A cache without the items that it would compute and not keep. */
function onlyKept(transform: Transform): Transform {
  const { cache } = transform;
  if (!cache?.keeps) return transform;
  return {
    ...transform,
    drops: true,
    apply: (item, context) =>
      whenReady(cache.keeps?.(context.index, context.run) ?? true, (isKept) =>
        isKept ? transform.apply(item, context) : dropped,
      ),
  };
}

function totalOf(fillings: readonly Stage<unknown>[]): number | undefined {
  let total = 0;
  for (const stage of fillings) {
    const length = stage.knownLength?.();
    if (length === undefined) return undefined;
    total += length;
  }
  return total;
}

/** Shortest time between two reports, in ms. */
const everyMs = 100;

class Filling {
  readonly #run: Run;
  readonly #total: () => number | undefined;
  readonly #name: string;
  readonly #onProgress: ((report: ProgressReport) => void) | undefined;
  readonly #output: ProgressOutput | undefined;
  readonly #tally = new ProgressTally();
  readonly #begun = performance.now();
  #lastReport = 0;
  #computed = 0;
  #hits = 0;

  constructor(run: Run, progress: boolean | WarmProgress, total: () => number | undefined) {
    const { name = "warm", onProgress } = typeof progress === "boolean" ? {} : progress;
    this.#name = name;
    this.#onProgress = onProgress;
    this.#output = progress === false || onProgress ? undefined : progressOutput();
    this.#total = total;
    const inspection = this.#tally.inspection({
      onCache: ({ outcome }) => void (outcome === "computed" ? this.#computed++ : this.#hits++),
    });
    this.#run = { ...run, inspection };
    this.#tally.start(this.#begun);
  }

  get result(): WarmResult {
    const { items, bytes } = this.#tally;
    return { items, computed: this.#computed, hits: this.#hits, bytes, ms: performance.now() - this.#begun };
  }

  async end(): Promise<void> {
    const report = this.#report(true);
    await this.#output?.end(report, "end");
    this.#tell(report);
  }

  async run(stage: Stage<unknown>): Promise<void> {
    try {
      await eachEntry(stage, this.#run, ({ value }) => this.#count(value));
    } catch (error) {
      await this.#output?.end(this.#report(true), this.#run.signal.aborted ? "closed" : { failedAt: itemOf(error) });
      throw error;
    }
  }

  #count(value: unknown): undefined {
    this.#tally.items++;
    this.#tally.bytes += lastingSizeOf(value);
    const now = performance.now();
    if (now - this.#lastReport < everyMs) return;
    this.#lastReport = now;
    const report = this.#report(false);
    this.#output?.show(report);
    this.#tell(report);
  }

  #tell(report: ProgressReport): void {
    const onProgress = this.#onProgress;
    if (onProgress) callUser("onProgress", () => onProgress(report));
  }

  #report(done: boolean): ProgressReport {
    return this.#tally.report({ name: this.#name, epoch: this.#run.epoch, total: this.#total(), done });
  }
}

function itemOf(error: unknown): string | undefined {
  return isVoxRxError(error) ? error.item : undefined;
}
