import { noteOrigin } from "../item/origin.ts";
import { explainStage } from "../plan/explain-stage.ts";
import type { Entry, Run, Stage } from "../plan/stage.ts";
import type { RunIterator, RunOptions } from "../run.ts";
import { Observable } from "../rxjs/observable.ts";
import { digestItems, type EpochDigest } from "./digest-items.ts";
import { explainItem, idAndEpochOf } from "./explain-item.ts";
import { fillCaches, type WarmProgress, type WarmResult } from "./fill-caches.ts";
import { findItem } from "./find-item.ts";
import type { ItemReport } from "./item-report.ts";
import type { LookOptions } from "./look-options.ts";
import { epochOf } from "./plan-facts.ts";

/** Options of {@link Dataset.warm}. */
export interface WarmOptions extends LookOptions {
  /** Whether to show the progress, or how. Default true: a bar on a terminal, else lines. */
  readonly progress?: boolean | WarmProgress;
}

/** What a dataset tells of itself and of its runs: its plan, where the time goes, where an item came from. */
export abstract class Inspectable<T> extends Observable<T> {
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
    return digestItems(this.stage, this.lookingRun(options));
  }
}
