/** What limits a run, in a sentence, and what to change. */
import { availableParallelism } from "node:os";
import type { Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import type { PartMeter, StageMeter } from "../watch/meter.ts";
import type { WatchedPart } from "../watch/watch.ts";

/** What limits a run. */
export interface Bottleneck {
  /** Name of the transform or stage; `consumer` if the pipeline mostly waits for it. */
  readonly name: string;
  /** Its share: of the work of all stages, or, for the consumer, of the time of the run. */
  readonly share: number;
  readonly sentence: string;
  /** What to change, the most useful first; empty if nothing is to be gained. */
  readonly advice: readonly string[];
}

/** A stage with what was counted of it. */
export interface MeteredStage {
  readonly stage: Stage<unknown>;
  readonly meter: StageMeter;
}

/** The run as far as it says what limits it. */
interface RunFacts {
  readonly items: number;
  readonly ms: number;
  readonly waitsForConsumer: number;
}

interface Candidate {
  readonly name: string;
  readonly ms: number;
  readonly items: number;
  readonly part: PartMeter | undefined;
}

/** The part of a plan that limits a run. */
export function bottleneckOf(
  stages: readonly MeteredStage[],
  run: RunFacts,
  cached: ReadonlySet<WatchedPart>,
): Bottleneck {
  const { items, waitsForConsumer } = run;
  if (items === 0) return { name: "", share: 0, sentence: "No item has come yet.", advice: [] };
  if (waitsForConsumer > 0.5) return consumerOf(waitsForConsumer);
  const candidates = stages.flatMap(candidatesIn);
  const work = candidates.reduce((sum, { ms }) => sum + ms, 0);
  const [most] = candidates.sort((a, b) => b.ms - a.ms);
  if (!most || work <= 0) return { name: "", share: 0, sentence: "Nothing took a measurable time.", advice: [] };
  const share = most.ms / work;
  const each = most.items > 0 ? `, ${inMs(most.ms / most.items)} an item` : "";
  const sentence = `${most.name} takes ${percent(share)} of the work${each}.`;
  return { name: most.name, share, sentence, advice: adviceFor(most, stages, run, cached) };
}

function consumerOf(share: number): Bottleneck {
  const most = 1 / share;
  const sentence = `The pipeline waits for the consumer ${percent(share)} of the time: faster loading could make the run at most ${most.toFixed(2)} times as fast.`;
  return { name: "consumer", share, sentence, advice: [] };
}

/** The transforms of a stage, or the stage itself where it has none. */
function candidatesIn({ stage, meter }: MeteredStage): Candidate[] {
  const parts = [...meter.parts.values()];
  if (parts.length === 0) {
    return [{ name: nameOf(stage), ms: meter.busyMs, items: meter.items, part: undefined }];
  }
  return parts.map((part) => ({ name: part.part.name, ms: part.ms, items: part.items, part }));
}

function adviceFor(
  { part }: Candidate,
  stages: readonly MeteredStage[],
  run: RunFacts,
  cached: ReadonlySet<WatchedPart>,
): string[] {
  const names = new Set(stages.map(({ stage }) => nameOf(stage)));
  const transform = part && transformIn(part.part);
  const advice: string[] = [];
  const isCached = part !== undefined && (part.misses > 0 || cached.has(part.part));
  if (isCached) advice.push("The cache lacked these items: measure again, the next epoch takes them from it.");
  else if (transform?.kind === "deterministic" && part?.hits === 0)
    advice.push("It gives the same in every epoch: put cacheUntilRandom() after it, before what is random.");
  if (transform?.kind === "opaque")
    advice.push("It is a function: declare it as an operator (voxrx/extend), to cache it or run it on worker threads.");
  const cores = availableParallelism();
  const isOnThreads = part !== undefined && part.workers.size > 0;
  if (transform && transform.kind !== "opaque" && !names.has("parallel") && cores > 1)
    advice.push(`It runs on one core: parallel() uses all ${cores}.`);
  else if (isOnThreads && part.workers.size < cores && !stages.some(({ stage }) => stage.tuned))
    advice.push(`It runs on ${part.workers.size} of ${cores} cores: raise parallel's workers.`);
  if (!names.has("prefetch") && !names.has("parallel") && run.waitsForConsumer > 0.1)
    advice.push("Nothing is computed while the consumer works: put prefetch() at the end.");
  return advice;
}

function transformIn(part: WatchedPart): Transform | undefined {
  return isTransform(part) ? part : undefined;
}

function isTransform(part: WatchedPart): part is Transform {
  return "kind" in part && "apply" in part;
}

function nameOf(stage: Stage<unknown>): string {
  return stage.describe().at(-1)?.name ?? "stage";
}

const percent = (share: number) => `${Math.round(100 * share)} %`;
const inMs = (ms: number) =>
  ms < 0.1 ? `${(1000 * ms).toPrecision(2)} µs` : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
