import type { Stage } from "../plan/stage.ts";
import type { PartMeter, StageMeter } from "../watch/meter.ts";
import type { WatchedPart } from "../watch/watch.ts";
import type { Bottleneck } from "./bottleneck.ts";

/** Where the time of a transform went. */
export interface TransformProfile {
  readonly name: string;
  /** Number of items that it worked on. */
  readonly items: number;
  /** Time from the beginning to the end of its work, summed over the items, without waiting for other transforms. */
  readonly ms: number;
  /** `ms` as a share of the time of the run: above 1 if it worked on several items at once. */
  readonly busy: number;
  /** Bytes of its results. */
  readonly bytes: number;
  /** Items that came from a cache, and those that the cache lacked. */
  readonly hits: number;
  readonly misses: number;
  /** Whether a cache keeps its results, so that it runs only for what the cache lacks. */
  readonly isCached: boolean;
  /** Numbers of the worker threads that it ran on, from 1 on. Empty: the main thread. */
  readonly workers: readonly number[];
}

/** Where the time of a stage went: `busy`, `waitsForInput` and `waitsForConsumer` are shares that add up to 1. */
export interface StageProfile {
  readonly name: string;
  /** Number of items that it gave, and of requests that failed. */
  readonly items: number;
  readonly errors: number;
  /** Bytes of the items that it gave. */
  readonly bytes: number;
  /** Time in which it worked, on one item at least. */
  readonly ms: number;
  /** Share of the time of the run in which it worked on at least one item. */
  readonly busy: number;
  readonly waitsForInput: number;
  /** Share in which nobody had asked it for an item. */
  readonly waitsForConsumer: number;
  readonly hits: number;
  readonly misses: number;
  /** The transforms that ran in it. */
  readonly transforms: readonly TransformProfile[];
}

/** What a run gave, and what limited it. */
export interface ProfileFigures {
  readonly epoch: number;
  readonly items: number;
  readonly itemsPerSecond: number;
  readonly bytes: number;
  readonly ms: number;
  readonly waitsForConsumer: number;
  readonly stages: readonly StageProfile[];
  readonly bottleneck: Bottleneck;
  readonly tuned: readonly string[];
}

/** What was counted of a stage in a run of `runMs`. */
export function stageProfile(
  stage: Stage<unknown>,
  meter: StageMeter,
  runMs: number,
  cached: ReadonlySet<WatchedPart>,
): StageProfile {
  const share = (ms: number) => (runMs > 0 ? Math.min(1, ms / runMs) : 0);
  const [busy, waitsForInput] = [share(meter.busyMs), share(meter.inputMs)];
  const { items, errors, bytes, busyMs, hits, misses } = meter;
  const transforms = Array.from(meter.parts.values(), (part) => transformProfile(part, runMs, cached.has(part.part)));
  const name = stage.describe().at(-1)?.name ?? "stage";
  const waitsForConsumer = Math.max(0, 1 - busy - waitsForInput);
  return { name, items, errors, bytes, ms: busyMs, busy, waitsForInput, waitsForConsumer, hits, misses, transforms };
}

function transformProfile(meter: PartMeter, runMs: number, isCached: boolean): TransformProfile {
  const { part, items, bytes, hits, misses, workers } = meter;
  const ms = Math.max(0, meter.ms);
  const busy = runMs > 0 ? ms / runMs : 0;
  return {
    ...{ name: part.name, items, ms, busy, bytes, hits, misses, isCached },
    workers: [...workers].sort((a, b) => a - b),
  };
}
