import { availableParallelism } from "node:os";
import * as v from "valibot";
import { type Bytes, formatBytes, parseBytes } from "../../src/bytes.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { bytesSchema, countSchema } from "../../src/options.ts";
import { AutoTune } from "../../src/plan/auto-tune.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { aheadByIndex } from "../../src/plan/index-ahead.ts";
import { type AheadBounds, lookAhead } from "../../src/plan/look-ahead.ts";
import { type Cursor, open, type Position, type Run, type Stage } from "../../src/plan/stage.ts";
import { TransformStage } from "../../src/plan/transform-stage.ts";

/** Options of {@link prefetch}. */
export interface PrefetchOptions {
  /** Finished items that can wait for the consumer. Default 4. */
  readonly buffer?: number;
  /**
   * Maximum bytes of the finished items plus an estimate for those in work (the largest seen so far). Default
   * `"512MiB"`.
   */
  readonly maxBytes?: Bytes;
  /** Items in work at once. Default 1. */
  readonly concurrency?: number;
  /**
   * Chooses how many items are in work at once, from 1 to `concurrency` (then by default the cores that the process may
   * use), and keeps up to twice as many finished, from how often the consumer waits and whether more work makes items
   * come faster. `explain()` and profiles say what it chose. Default false.
   */
  readonly autotune?: boolean;
}

/**
 * Computes items ahead while the consumer is busy, within a bound in items and in bytes. The options never change the
 * items or their order. With `concurrency` above 1 several items are in work in the transforms directly before it (in
 * the whole plan before it, if that is indexed). One item is always let through, so an item larger than `maxBytes`
 * causes no deadlock. An indexed dataset stays indexed.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load, prefetch } from "voxrx/operators";
 * const files = ["a.nii.gz", "b.nii.gz", "c.nii.gz", "d.nii.gz", "e.nii.gz"].map((image) => ({ image }));
 * const scans = Dataset.from(files).pipe(
 *   load(["image"]),
 *   prefetch({ buffer: 2, maxBytes: "1GiB" }),
 * );
 * ```
 */
export const prefetch = stageOperator<PrefetchOptions, FlowOperator<PrefetchOptions, number>>()({
  name: "prefetch",
  version: 1,
  bare: "buffer",
  options: {
    buffer: v.optional(countSchema, 4),
    maxBytes: v.optional(bytesSchema, "512MiB"),
    concurrency: v.optional(countSchema),
    autotune: v.optional(v.boolean(), false),
  },
  stage(input, options) {
    const { buffer, maxBytes, autotune } = options;
    const { concurrency = autotune ? availableParallelism() : 1 } = options;
    const bytes = parseBytes(maxBytes, "maxBytes", "prefetch");
    return prefetchStage(input, {
      ...{ buffer, concurrency, maxBytes: bytes },
      tune: autotune ? new AutoTune(concurrency) : undefined,
    });
  },
});

interface Settings {
  readonly buffer: number;
  readonly concurrency: number;
  readonly maxBytes: number;
  /** Chooses the extent of the look-ahead. */
  readonly tune: AutoTune | undefined;
}

function prefetchStage(input: Stage<unknown>, settings: Settings): Stage<unknown> {
  const { buffer, maxBytes, concurrency, tune } = settings;
  const bounds: AheadBounds = tune
    ? tune.bounds((level) => ({ concurrency: level, buffer: 2 * level }), maxBytes)
    : { concurrency, buffer, maxBytes, ordered: true };
  const waiting = tune ? 2 * concurrency : buffer;
  const detail = `buffer=${waiting} maxBytes=${formatBytes(maxBytes)} concurrency=${concurrency}`;
  return declareStage({
    inputs: [input],
    text: () => [{ name: "prefetch", detail, notes: tune ? [`autotune: ${tune.level} at once now`] : [] }],
    tuned: tune && (() => `prefetch has ${tune.level} of at most ${concurrency} items in work`),
    passage: { keepsItems: true, over: (other) => prefetchStage(other, settings) },
    index: { length: (length) => length, view: ([view]) => view },
    start(run, from) {
      tune?.begin();
      return ahead(input, run, from, bounds, concurrency > 1);
    },
  });
}

function ahead(
  input: Stage<unknown>,
  run: Run,
  from: Position | undefined,
  bounds: AheadBounds,
  isConcurrent: boolean,
): Cursor<unknown> {
  if (isConcurrent && input.index) return aheadByIndex(input, run, from, bounds);
  if (isConcurrent && input instanceof TransformStage) {
    return open(input, run, from, (inside, position) => input.startAhead(inside, position, bounds));
  }
  return lookAhead(open(input, run, from), (entry) => entry, bounds);
}
