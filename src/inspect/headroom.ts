import { OptionError } from "../errors.ts";
import { refuseLent } from "../plan/lent-items.ts";
import { noItems } from "./no-items.ts";
import { type Runnable, runSample, type Sample } from "./sampled-run.ts";

/** What `dataset.headroom(consumer)` measured: the most that faster loading could give. */
export class Headroom {
  /** Number of items that were measured. */
  readonly items: number;
  /** Time of an item as the pipeline makes it, with its consumer, in ms. */
  readonly pipelineMs: number;
  /** Time of an item from memory, with its consumer, in ms. */
  readonly consumerMs: number;

  constructor(items: number, pipelineMs: number, consumerMs: number) {
    this.items = items;
    this.pipelineMs = pipelineMs;
    this.consumerMs = consumerMs;
  }

  /** How many times as fast the run could be at most, at least 1. */
  get ratio(): number {
    return Math.max(1, this.pipelineMs / this.consumerMs);
  }

  toString(): string {
    const { items, pipelineMs, consumerMs, ratio } = this;
    const most =
      consumerMs < 0.01 * pipelineMs
        ? "The consumer takes no time that counts: the run is as fast as loading is."
        : ratio < 1.05
          ? "The consumer is the limit: faster loading gives nothing."
          : `Faster loading could make the run at most ${ratio.toFixed(2)} times as fast.`;
    return `${most} An item takes ${pipelineMs.toPrecision(3)} ms from the pipeline and ${consumerMs.toPrecision(3)} ms from memory (${items} items).`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Compares a consumer that the pipeline feeds with the same consumer fed from memory. */
export async function headroomOf<T>(
  dataset: Runnable<T>,
  consumer: (item: T) => unknown,
  sample: Sample,
): Promise<Headroom> {
  if (typeof consumer !== "function") {
    throw new OptionError("VOXRX_BAD_OPTION", "expected a function that takes an item", {
      operator: "headroom",
      remedy: "Pass what consumes the items, such as a training step.",
    });
  }
  refuseLent(dataset.stage, "headroom");
  const kept: T[] = [];
  const ends: number[] = [performance.now()];
  await runSample(dataset, sample, async (item) => {
    await consumer(item);
    kept.push(item);
    ends.push(performance.now());
  });
  if (kept.length === 0) throw noItems("headroom");
  // The first item pays for what is opened and started.
  const skipped = kept.length > 1 ? 1 : 0;
  const measured = kept.slice(skipped);
  const pipelineMs = ((ends.at(-1) ?? 0) - (ends[skipped] ?? 0)) / measured.length;
  const rounds = [await replayed(measured, consumer), await replayed(measured, consumer)];
  return new Headroom(measured.length, pipelineMs, Math.max(1e-6, Math.min(...rounds)));
}

/** Time of an item, in ms. */
async function replayed<T>(items: readonly T[], consumer: (item: T) => unknown): Promise<number> {
  const begun = performance.now();
  for (const item of items) await consumer(item);
  return (performance.now() - begun) / items.length;
}
