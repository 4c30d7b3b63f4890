import * as v from "valibot";
import { displayOf, firstItems, jupyterDisplay, type MimeBundle, nodeInspect } from "../display.ts";
import { checkOptions, countSchema, integerSchema } from "../options.ts";
import { explainStage, stageNames } from "../plan/explain-stage.ts";
import type { Stage } from "../plan/stage.ts";
import type { Profile } from "../profile/profile.ts";
import type { RunIterator, RunOptions, RunWatching } from "../run.ts";
import { Observable } from "../rxjs/observable.ts";
import { RunMeter } from "../watch/meter.ts";
import { type Forecast, forecastOf } from "./forecast.ts";
import { type Headroom, headroomOf } from "./headroom.ts";
import { profileOf } from "./profile-run.ts";
import type { Sample } from "./sampled-run.ts";

/** Options of {@link Inspectable.profile} and of the other estimates from a part of an epoch. */
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

/** What a dataset tells of itself and of its runs: its plan, where the time goes, where an item came from. */
export abstract class Inspectable<T> extends Observable<T> {
  /** Those who have subscribed to {@link metrics$}. */
  readonly #watchers = new Set<(profile: Profile) => void>();
  abstract readonly stage: Stage<T>;
  abstract iterate(options?: RunOptions): RunIterator<T>;
  /** The epoch that the next run has. */
  protected abstract get nextEpoch(): number;

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
}

const sampleSchema = v.strictObject({
  items: v.optional(countSchema),
  epoch: v.optional(v.pipe(integerSchema, v.minValue(0))),
  signal: v.optional(v.instance(AbortSignal, "an AbortSignal")),
});
