import { availableMemory } from "../available-memory.ts";
import { formatBytes } from "../bytes.ts";
import { lastingSizeOf } from "../item/size.ts";
import type { Stage } from "../plan/stage.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import type { Bottleneck } from "../profile/bottleneck.ts";
import type { Profile } from "../profile/profile.ts";
import { noItems } from "./no-items.ts";
import { type Runnable, runSample, type Sample } from "./sampled-run.ts";

/** What an epoch will take, estimated from its first items. */
export class Forecast {
  /** Number of items that were measured. */
  readonly measured: number;
  /** Number of items of an epoch, if it is known. */
  readonly items: number | undefined;
  /** Time of an item in this epoch, and in later ones, where the cache has what it lacks now, in ms. */
  readonly itemMs: number;
  readonly laterItemMs: number;
  /** Mean and largest number of bytes of an item. */
  readonly itemBytes: number;
  readonly largestItemBytes: number;
  /** Mean number of bytes of what the cache keeps for an item (all items of a batch); undefined without a cache. */
  readonly cachedItemBytes: number | undefined;
  /** Most memory that the process had while the items were measured, in bytes (resident set). */
  readonly peakBytes: number;
  /** Memory that the process may use, in bytes. */
  readonly memoryLimit: number;
  /** What bounds the speed. */
  readonly bottleneck: Bottleneck;

  constructor(measured: Measured) {
    const { profile, sizes, items } = measured;
    const cached = profile.stages
      .flatMap(({ transforms }) => transforms)
      .filter(({ hits, misses }) => hits + misses > 0);
    this.measured = sizes.length;
    this.items = items;
    this.itemMs = measured.ms / sizes.length;
    this.laterItemMs = this.itemMs * (1 - cachedShare(profile));
    this.itemBytes = mean(sizes);
    this.largestItemBytes = Math.max(...sizes);
    // An item of the dataset may be made from several that are cached, as a batch is.
    const cachedEach = measured.cachedItems === undefined ? 1 : measured.cachedItems / (items ?? 1);
    this.cachedItemBytes =
      cached.length > 0 ? cachedEach * cached.reduce((sum, { bytes, items: n }) => sum + bytes / n, 0) : undefined;
    this.peakBytes = measured.peakBytes;
    this.memoryLimit = availableMemory();
    this.bottleneck = profile.bottleneck;
  }

  /** Time of this epoch, in ms. */
  get epochMs(): number | undefined {
    return this.items === undefined ? undefined : this.items * this.itemMs;
  }

  /** Time of a later epoch, in ms. */
  get laterEpochMs(): number | undefined {
    return this.items === undefined ? undefined : this.items * this.laterItemMs;
  }

  /** Bytes of all that the cache keeps. */
  get cachedBytes(): number | undefined {
    const { items, cachedItemBytes } = this;
    return items === undefined || cachedItemBytes === undefined ? undefined : items * cachedItemBytes;
  }

  toString(): string {
    const { items, epochMs, laterEpochMs, cachedBytes, itemMs, itemBytes, largestItemBytes, bottleneck } = this;
    const lines = [
      `From ${this.measured} items: ${inTime(itemMs)} and ${formatBytes(itemBytes)} an item (at most ${formatBytes(largestItemBytes)}).`,
      epochMs === undefined
        ? "The number of items is not known."
        : `An epoch of ${items} items takes about ${inTime(epochMs)}.`,
    ];
    if (laterEpochMs !== undefined && this.laterItemMs < 0.9 * itemMs)
      lines.push(`Later epochs take about ${inTime(laterEpochMs)}, with what the cache has by then.`);
    if (cachedBytes !== undefined) lines.push(`The cache takes about ${formatBytes(cachedBytes)}.`);
    lines.push(`Memory: ${formatBytes(this.peakBytes)} of ${formatBytes(this.memoryLimit)} at most so far.`);
    lines.push(`Bound by: ${bottleneck.sentence}`);
    return lines.join("\n");
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString().replaceAll("\n", " ");
  }
}

interface Measured {
  readonly profile: Profile;
  readonly items: number | undefined;
  /** Number of items that the cache gets, if it is known. */
  readonly cachedItems: number | undefined;
  readonly ms: number;
  readonly sizes: readonly number[];
  readonly peakBytes: number;
}

/** Estimates an epoch from its first items. */
export async function forecastOf(dataset: Runnable<unknown>, sample: Sample): Promise<Forecast> {
  const sizes: number[] = [];
  let peakBytes = process.memoryUsage.rss();
  const run = await runSample(dataset, sample, (item) => {
    sizes.push(lastingSizeOf(item));
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  });
  if (sizes.length === 0) throw noItems("forecast");
  const profile = run.profile();
  const items = dataset.stage.knownLength?.();
  return new Forecast({ profile, items, cachedItems: cachedLength(dataset.stage), ms: profile.ms, sizes, peakBytes });
}

/** Number of items of the first stage with a cache. */
function cachedLength(stage: Stage<unknown>): number | undefined {
  const hasCache = stage instanceof TransformStage && stage.transforms.some(({ insteadOf }) => insteadOf);
  if (hasCache) return stage.base.knownLength?.();
  for (const input of stage.inputs) {
    const length = cachedLength(input);
    if (length !== undefined) return length;
  }
  return undefined;
}

/** The share of the work that a cache takes over: that of transforms whose results it keeps. */
function cachedShare({ stages }: Profile): number {
  let [work, cached] = [0, 0];
  for (const { transforms, ms } of stages) {
    if (transforms.length === 0) work += ms;
    // What a cache lacks is computed by the transforms that are counted after it.
    for (const transform of transforms) work += transform.ms;
    cached += transforms.filter(({ isCached }) => isCached).reduce((sum, each) => sum + each.ms, 0);
  }
  return work > 0 ? cached / work : 0;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function inTime(ms: number): string {
  if (ms < 1000) return `${ms.toPrecision(3)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${seconds.toPrecision(3)} s`;
  const minutes = seconds / 60;
  return minutes < 120 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`;
}
