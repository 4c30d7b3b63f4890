import * as v from "valibot";
import { inBlocks, PlanInBlocks } from "../blocks/plan-in-blocks.ts";
import { displayOf, firstItems, jupyterDisplay, type MimeBundle, nodeInspect } from "../display.ts";
import { checkOptions, countSchema } from "../options.ts";
import { explainStage, stageNames } from "../plan/explain-stage.ts";
import type { Profile } from "../profile/profile.ts";
import type { RunIterator, RunOptions, RunWatching } from "../run.ts";
import { lookSchema } from "../run-options.ts";
import { Observable } from "../rxjs/observable.ts";
import { RunMeter } from "../watch/meter.ts";
import { type Forecast, forecastOf } from "./forecast.ts";
import { type Headroom, headroomOf } from "./headroom.ts";
import { profileOf } from "./profile-run.ts";
import type { Sample } from "./sampled-run.ts";

/** Options of `Dataset.profile` and of the other estimates from a part of an epoch. */
export interface SampleOptions {
  /** Number of items to measure, fewer if the dataset has fewer. */
  readonly items?: number;
  /** Epoch of the items. Default: the epoch that the next run has. */
  readonly epoch?: number;
  /** Aborting rejects with the signal's reason and closes the run. */
  readonly signal?: AbortSignal;
}

/** Shortest time between two profiles of `metrics$`, in ms. */
const everyMs = 250;

import { noteOrigin } from "../item/origin.ts";
import type { Entry, Run, Stage } from "../plan/stage.ts";
import { digestItems, type EpochDigest } from "./digest-items.ts";
import { explainItem, idAndEpochOf } from "./explain-item.ts";
import { fillCaches, type WarmProgress, type WarmResult } from "./fill-caches.ts";
import { findItem } from "./find-item.ts";
import type { ItemReport } from "./item-report.ts";
import { type LockFacts, type LockFactsOptions, lockFacts, lockFactsOf } from "./lock-facts.ts";
import type { LookOptions } from "./look-options.ts";
import { epochOf } from "./plan-facts.ts";

/** Options of {@link Dataset.warm}. */
export interface WarmOptions extends LookOptions {
  /** Whether to show the progress, or how. Default true: a bar on a terminal, else lines. */
  readonly progress?: boolean | WarmProgress;
}

/** What a dataset tells of itself and of its runs: its plan, where the time goes, where an item came from. */
export abstract class Inspectable<T> extends Observable<T> {
  /** Those who have subscribed to {@link metrics$}. */
  readonly #watchers = new Set<(profile: Profile) => void>();
  abstract readonly stage: Stage<T>;
  abstract iterate(options?: RunOptions): RunIterator<T>;
  /** The epoch that the next run has. */
  protected abstract get nextEpoch(): number;
  /** The run that requests for single items belong to. */
  protected abstract lookingRun(options: LookOptions): Run;

  /** Records where an item that leaves the dataset came from. */
  protected note(entry: Entry<unknown>, epoch: number): void {
    noteOrigin(entry, () => epochOf(this.stage, epoch));
  }

  /** The plan as text: each stage with its options in effect, what is fused, cached, random or opaque, and why. */
  explain(): string {
    const length = this.stage.knownLength?.();
    const items = length === undefined ? "" : `, ${length} items`;
    return `epoch ${this.nextEpoch} is next${items}\n${explainStage(this.stage)}`;
  }

  /**
   * Where the time goes in the runs of this dataset: a {@link Profile} four times a second while a run gives items, and
   * one at its end (`done`). Runs that start while somebody has subscribed are watched; without it nothing is measured.
   * Never completes.
   *
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * const training = Dataset.from([1, 2, 3]);
   * const watching = training.metrics$.subscribe((profile) => console.log(profile.bottleneck.sentence));
   * for await (const item of training) console.log(item);
   * watching.unsubscribe();
   * ```
   */
  get metrics$(): Observable<Profile> {
    return new Observable((subscriber) => {
      const tell = (profile: Profile) => subscriber.next(profile);
      this.#watchers.add(tell);
      return () => void this.#watchers.delete(tell);
    });
  }

  /**
   * Runs the first items and says where the time goes: of each stage and transform items, time, waiting, bytes, cache
   * hits and workers, the bottleneck, and what to change. The items are not given to anybody, so a consumer that takes
   * time does not count: {@link metrics$} and `iterate({ watch: true })` watch a run with its consumer. Does not count
   * as a run.
   *
   * @param options.items default 50
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * import { load, scaleIntensity } from "voxrx/operators";
   * const training = Dataset.from([{ image: "a.nii.gz" }]).pipe(load(["image"]), scaleIntensity({ keys: "image" }));
   * const profile = await training.profile({ items: 20 });
   * console.log(String(profile)); // a table, the bottleneck, and what to change
   * ```
   */
  async profile(options: SampleOptions = {}): Promise<Profile> {
    return profileOf(this, this.#sample("profile", options, 50));
  }

  /**
   * The most that faster loading could give: runs some items through `consumer` as the pipeline makes them, then the
   * same items again from memory. The consumer must be able to take an item twice. Does not count as a run.
   *
   * @param options.items default 10
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * const training = Dataset.from([1, 2, 3]);
   * const headroom = await training.headroom(async (item) => console.log(item));
   * console.log(headroom.ratio, String(headroom));
   * ```
   */
  async headroom(consumer: (item: T) => unknown, options: SampleOptions = {}): Promise<Headroom> {
    return headroomOf(this, consumer, this.#sample("headroom", options, 10));
  }

  /**
   * Time and memory of an epoch, from its first items, and what bounds it. Does not count as a run.
   *
   * @param options.items default 10
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * const forecast = await Dataset.from([1, 2, 3]).forecast();
   * console.log(String(forecast));
   * ```
   */
  async forecast(options: SampleOptions = {}): Promise<Forecast> {
    return forecastOf(this, this.#sample("forecast", options, 10));
  }

  /** How a run that starts now is watched. */
  protected watching(asked = false): RunWatching | undefined {
    if (!asked && this.#watchers.size === 0) return undefined;
    let toldAt = performance.now();
    const told = (profile: () => Profile, isEnd: boolean) => {
      const now = performance.now();
      if (this.#watchers.size === 0 || (!isEnd && now - toldAt < everyMs)) return;
      toldAt = now;
      const made = profile();
      for (const tell of [...this.#watchers]) tell(made);
    };
    return { meter: new RunMeter(), told };
  }

  #sample(operator: string, options: SampleOptions, items: number): Sample {
    const { items: count, epoch, signal } = checkOptions(operator, sampleSchema, options);
    return { items: count ?? items, run: { epoch: epoch ?? this.nextEpoch, ...(signal ? { signal } : {}) } };
  }

  /** The first `count` items of the epoch that the next run would have. Does not count as a run. */
  async [firstItems](count: number): Promise<T[]> {
    const run = this.iterate({ epoch: this.nextEpoch });
    const items: T[] = [];
    try {
      while (items.length < count) {
        const next = await run.next();
        if (next.done) break;
        items.push(next.value);
      }
      return items;
    } finally {
      await run.return();
    }
  }

  /** The plan in blocks of items, for `voxrx run --out`. @throws PipelineError `VOXRX_NOT_DIVISIBLE` */
  [inBlocks](): PlanInBlocks {
    return new PlanInBlocks(this.stage);
  }

  /** What a lock of a training records of this dataset (`voxrx lock`). Does not count as a run. */
  async [lockFacts](options: LockFactsOptions): Promise<LockFacts> {
    const { signal } = options;
    return lockFactsOf(this.stage, (epoch) => this.lookingRun({ epoch, ...(signal ? { signal } : {}) }), options);
  }

  /** What notebooks show: the plan, and the image of the first item. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return displayOf(this, this[nodeInspect]());
  }

  /** `Dataset of 240 items: load, orientation, batch (explain() shows the plan)` */
  [nodeInspect](): string {
    try {
      const length = this.stage.knownLength?.();
      const items = length === undefined ? "" : ` of ${length} ${length === 1 ? "item" : "items"}`;
      return `Dataset${items}: ${stageNames(this.stage).join(", ")} (explain() shows the plan)`;
    } catch {
      return "Dataset"; // a stage of somebody's can't tell
    }
  }

  /**
   * Fills the caches of the plan, without what comes after them: no random transform, no batch. A `parallel` after a
   * cache, and the `onError` of the plan, do their part. Does not count as a run.
   *
   * @throws PipelineError `VOXRX_NO_CACHE`; whatever an item fails with, unless `onError` skips it
   * @example
   * ```ts
   * import { Dataset, lmdbStore } from "voxrx";
   * import { cacheUntilRandom, load, randFlip } from "voxrx/operators";
   * const training = Dataset.from([{ image: "a.nii.gz" }]).pipe(
   *   load(["image"]),
   *   cacheUntilRandom({ store: lmdbStore("cache") }),
   *   randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
   * );
   * const { computed, hits } = await training.warm();
   * ```
   */
  async warm({ progress = true, ...options }: WarmOptions = {}): Promise<WarmResult> {
    checkOptions("warm", lookSchema, options);
    return fillCaches(this.stage, this.lookingRun(options), progress);
  }

  /**
   * One item of an epoch again, as a run gives it, byte for byte, found by its id. No other item is computed, as far as
   * the operators allow it: after a stream of unknown length, `take`, `skip`, `zip` and `mix` need the ones before it,
   * and `join` those that it joins. Of a plan with `batch` or `stitch`, it is the item before the first of them. Does
   * not count as a run. `U`: type of the item, if it is not that of the dataset.
   *
   * @throws PipelineError `VOXRX_UNKNOWN_ITEM`; `VOXRX_NO_ITEM_ID` after an operator of RxJS
   */
  async replay<U = T>(id: string, options?: LookOptions): Promise<U>;
  async replay(id: string, options: LookOptions = {}): Promise<unknown> {
    checkOptions("replay", lookSchema, options);
    const run = this.lookingRun(options);
    const entry = await findItem(this.stage, run, { id, operator: "replay" });
    this.note(entry, run.epoch);
    return entry.value;
  }

  /**
   * Where an item came from and what was done to it: source files, caches, each transform with its options, draws and
   * time. It is computed again for that, as by {@link replay}. Takes its id, or an item that random operators drew for;
   * `epoch` is by default that of its run if it is known, else the next one.
   *
   * @throws PipelineError `VOXRX_NO_ITEM_ID` for an item without a known id; as {@link replay}
   * @example
   * ```ts
   * import type { Dataset, Volume } from "voxrx";
   * declare const training: Dataset<{ image: Volume }>;
   * console.log(String(await training.why("IXI314", { epoch: 3 })));
   * ```
   */
  async why(idOrItem: unknown, options: LookOptions = {}): Promise<ItemReport> {
    checkOptions("why", lookSchema, options);
    const { id, ...known } = idAndEpochOf(idOrItem);
    const { epoch = known.epoch, ...others } = options;
    const run = this.lookingRun(epoch === undefined ? others : { ...others, epoch });
    return explainItem(this.stage, run, id);
  }

  /**
   * One hash for the items of an epoch, to compare between machines: SHA-256 of ids, fields, element types, shapes,
   * affines and samples, in order. How the items were computed (workers, look-ahead, caches, views) does not count, nor
   * does the `meta` of images. Does not count as a run.
   *
   * @throws PipelineError `VOXRX_UNCACHEABLE` for an item with a function or an instance of another class
   * @example
   * ```ts
   * import { Dataset } from "voxrx";
   * import { shuffle } from "voxrx/operators";
   * const { items } = await Dataset.from([1, 2, 3]).pipe(shuffle()).digest({ epoch: 0 });
   * items; // => 3
   * ```
   */
  async digest(options: LookOptions = {}): Promise<EpochDigest> {
    checkOptions("digest", lookSchema, options);
    return digestItems(this.stage, this.lookingRun(options));
  }
}

const sampleSchema = v.strictObject({ ...lookSchema.entries, items: v.optional(countSchema) });
