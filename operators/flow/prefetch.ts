import { z } from "zod";
import { type Bytes, formatBytes, parseBytes } from "../../src/bytes.ts";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { type Cursor, open, type Run, type Stage } from "../../src/dataset/stage.ts";
import { indexedBase, TransformStage } from "../../src/dataset/transform-stage.ts";
import { type WindowBounds, windowed } from "../../src/dataset/window.ts";
import { checkOptions, countSchema } from "../../src/options.ts";

/** Options of {@link prefetch}. */
export interface PrefetchOptions {
  /** Finished items that may wait for the consumer. Default 4. */
  readonly items?: number;
  /** Bytes of the finished items plus an estimate for those in work (the largest seen so far). Default `"512MiB"`. */
  readonly maxBytes?: Bytes;
  /** Items in work at once. Default 1. */
  readonly concurrency?: number;
}

/**
 * Computes items ahead while the consumer is busy, within a bound in items and in bytes. Order and items stay the same, whatever
 * the numbers. With `concurrency` above 1 several items are in work in the transforms before it (in all of the plan before it,
 * if that is indexed). One item is always let through, so an item larger than `maxBytes` is no deadlock. Keeps an index.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load, prefetch } from "voxrx/operators";
 * const scans = Dataset.from([{ image: "a.nii.gz" }]).pipe(load(["image"]), prefetch({ maxBytes: "1GiB", concurrency: 2 }));
 * ```
 */
export function prefetch<T>(options: PrefetchOptions | number = {}): SameOperator<T> {
  const given = typeof options === "number" ? { items: options } : options;
  const { items, maxBytes, concurrency } = checkOptions("prefetch", schema, given);
  const bounds = { concurrency, buffer: items, maxBytes: parseBytes(maxBytes, "maxBytes", "prefetch"), ordered: true };
  return stageOperator<SameOperator<T>>((input) => new PrefetchStage(input, bounds));
}

const schema = z.strictObject({
  items: countSchema.default(4),
  maxBytes: z.union([z.number(), z.string()]).default("512MiB"),
  concurrency: countSchema.default(1),
});

class PrefetchStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #bounds: WindowBounds;

  constructor(input: Stage<unknown>, bounds: WindowBounds) {
    super(input);
    this.#input = input;
    this.#bounds = bounds;
    this.index = input.index;
  }

  knownLength(): number | undefined {
    return this.#input.knownLength?.();
  }

  start(run: Run): Cursor<unknown> {
    const input = this.#input;
    if (this.#bounds.concurrency > 1) {
      const byIndex = indexedBase(input, run);
      if (byIndex) return windowed(byIndex.base, byIndex.work, this.#bounds);
      if (input instanceof TransformStage) {
        return windowed(open(input.base, run), (entry) => input.apply(entry, run), this.#bounds);
      }
    }
    return windowed(open(input, run), (entry) => entry, this.#bounds);
  }

  describe() {
    const { buffer, maxBytes, concurrency } = this.#bounds;
    return [
      { name: "prefetch", detail: `items=${buffer} maxBytes=${formatBytes(maxBytes)} concurrency=${concurrency}` },
    ];
  }
}
