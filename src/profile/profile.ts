/** Where the time of a run went: what was counted of each stage and transform, as facts for a user. */
import type { Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import type { RunMeter } from "../watch/meter.ts";
import { type Bottleneck, bottleneckOf } from "./bottleneck.ts";
import { profileHtml, profileText } from "./profile-text.ts";
import { type ProfileFigures, type StageProfile, stageProfile } from "./stage-profile.ts";

/** What a profile is made from. */
export interface ProfileFacts {
  readonly stage: Stage<unknown>;
  readonly epoch: number;
  readonly meter: RunMeter;
  /** When the run ended, by the clock of `performance.now()`; undefined: it goes on. */
  readonly endedAt: number | undefined;
}

/**
 * Where the time of a watched run went, up to now: `String(profile)` is a table with the bottleneck and what to change.
 * Times are in milliseconds.
 */
export class Profile implements ProfileFigures {
  readonly epoch: number;
  /** Number of items that the consumer got, and their bytes. */
  readonly items: number;
  readonly bytes: number;
  /** When the run started, in ms since 1970. */
  readonly startedAt: number;
  /** Time of the run, from the first request on. */
  readonly ms: number;
  /** Whether the run has ended. */
  readonly done: boolean;
  /** Share of the time in which the pipeline waited for the consumer. */
  readonly waitsForConsumer: number;
  /** The stages in the order of the plan, sources first. */
  readonly stages: readonly StageProfile[];
  /** What limits the run. */
  readonly bottleneck: Bottleneck;
  /** What `autotune` chose, as text. */
  readonly tuned: readonly string[];

  constructor({ stage, epoch, meter, endedAt }: ProfileFacts) {
    if (endedAt === undefined) meter.count();
    const ms = (endedAt ?? performance.now()) - meter.begunAt;
    const plan = inOrder(stage);
    const cached = cachedIn(plan);
    const stages = plan.flatMap((each) => {
      const found = meter.stages.get(each);
      return found ? [{ stage: each, meter: found, profile: stageProfile(each, found, ms, cached) }] : [];
    });
    const last = stages.at(-1)?.profile;
    this.epoch = epoch;
    this.items = last?.items ?? 0;
    this.bytes = last?.bytes ?? 0;
    this.startedAt = performance.timeOrigin + meter.begunAt;
    this.ms = ms;
    this.done = endedAt !== undefined;
    this.waitsForConsumer = last?.waitsForConsumer ?? 0;
    this.stages = stages.map(({ profile }) => profile);
    this.tuned = plan.flatMap(({ tuned }) => tuned?.() ?? []);
    this.bottleneck = bottleneckOf(stages, this, cached);
  }

  /** Items that the consumer got in a second. */
  get itemsPerSecond(): number {
    return this.ms > 0 ? (1000 * this.items) / this.ms : 0;
  }

  toString(): string {
    return profileText(this);
  }

  /** `Profile of epoch 0: 8 items in 2.20 s; load takes 41 % of the work (String(profile) is the table)` */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { epoch, items, ms, bottleneck } = this;
    const limit = bottleneck.sentence.replace(/\.$/, "");
    return `Profile of epoch ${epoch}: ${items} items in ${(ms / 1000).toFixed(2)} s; ${limit} (String(profile) is the table)`;
  }

  /** For notebooks. */
  [Symbol.for("Jupyter.display")](): Readonly<Record<string, string>> {
    return { "text/plain": this.toString(), "text/html": profileHtml(this) };
  }
}

/** All stages of a plan, each after those that it pulls from. */
function inOrder(stage: Stage<unknown>): Stage<unknown>[] {
  const found = new Set<Stage<unknown>>();
  const visit = (each: Stage<unknown>) => {
    if (found.has(each)) return;
    for (const input of each.inputs) visit(input);
    found.add(each);
  };
  visit(stage);
  return [...found];
}

/** The transforms whose results a cache keeps. */
function cachedIn(plan: readonly Stage<unknown>[]): ReadonlySet<Transform> {
  const transforms = plan.flatMap((stage) => (stage instanceof TransformStage ? stage.transforms : []));
  return new Set(transforms.flatMap(({ insteadOf }) => insteadOf ?? []));
}
