import * as v from "valibot";
import { type Bytes, formatBytes, parseBytes } from "../../src/bytes.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { bytesSchema, countSchema } from "../../src/options.ts";
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
 * const scans = Dataset.from([{ image: "a.nii.gz" }]).pipe(
 *   load(["image"]),
 *   prefetch({ maxBytes: "1GiB", concurrency: 2 }),
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
    concurrency: v.optional(countSchema, 1),
  },
  stage(input, { buffer, maxBytes, concurrency }) {
    const bytes = parseBytes(maxBytes, "maxBytes", "prefetch");
    return prefetchStage(input, { concurrency, buffer, maxBytes: bytes, ordered: true });
  },
});

function prefetchStage(input: Stage<unknown>, bounds: AheadBounds): Stage<unknown> {
  const { buffer, maxBytes, concurrency } = bounds;
  return declareStage({
    inputs: [input],
    text: { name: "prefetch", detail: `buffer=${buffer} maxBytes=${formatBytes(maxBytes)} concurrency=${concurrency}` },
    passage: { keepsItems: true, over: (other) => prefetchStage(other, bounds) },
    index: { length: (length) => length, view: ([view]) => view },
    start: (run, from) => ahead(input, run, from, bounds),
  });
}

function ahead(input: Stage<unknown>, run: Run, from: Position | undefined, bounds: AheadBounds): Cursor<unknown> {
  if (bounds.concurrency > 1 && input.index) return aheadByIndex(input, run, from, bounds);
  if (bounds.concurrency > 1 && input instanceof TransformStage) {
    return open(input, run, from, (inside, position) => input.startAhead(inside, position, bounds));
  }
  return lookAhead(open(input, run, from), (entry) => entry, bounds);
}
