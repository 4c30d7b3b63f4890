/** The counts and times of a watched run. */
import { sizeOf } from "../item/size.ts";
import type { Answered, CacheOutcome, Outcome, Watch, WatchedPart, WorkedParts } from "./watch.ts";

/** What was counted of a transform, or of an operator that works on another thread. */
export class PartMeter {
  readonly part: WatchedPart;
  items = 0;
  /** From the beginning to the end of its work, summed over the items: with several in work at once more than the time of the run. */
  ms = 0;
  /** Bytes of its results. */
  bytes = 0;
  hits = 0;
  misses = 0;
  /** Numbers of the worker threads that it ran on. */
  readonly workers = new Set<number>();

  constructor(part: WatchedPart) {
    this.part = part;
  }

  cached(outcome: CacheOutcome): void {
    if (outcome === "computed") this.misses++;
    else this.hits++;
  }
}

/**
 * What was counted of a stage. The time of the run is shared among three: it works, it waits for its input, or it waits
 * for whoever pulls from it.
 */
export class StageMeter {
  readonly parts = new Map<WatchedPart, PartMeter>();
  items = 0;
  errors = 0;
  /** Bytes of the items that it gave. */
  bytes = 0;
  hits = 0;
  misses = 0;
  busyMs = 0;
  inputMs = 0;
  consumerMs = 0;
  #since: number;
  /** Requests to it, requests of it, and items that it works on, all pending. */
  #asked = 0;
  #asking = 0;
  #working = 0;

  constructor(begunAt: number) {
    this.#since = begunAt;
  }

  /** Counts the time up to now. */
  count(): void {
    const now = performance.now();
    const ms = now - this.#since;
    this.#since = now;
    if (this.#working > 0) this.busyMs += ms;
    else if (this.#asking > 0) this.inputMs += ms;
    else if (this.#asked > 0) this.busyMs += ms;
    else this.consumerMs += ms;
  }

  asked(by: 1 | -1): void {
    this.count();
    this.#asked += by;
  }

  asks(by: 1 | -1): void {
    this.count();
    this.#asking += by;
  }

  works(by: 1 | -1): void {
    this.count();
    this.#working += by;
  }

  answered(outcome: Outcome, item: unknown): void {
    this.asked(-1);
    if (outcome === "error") this.errors++;
    if (outcome !== "entry") return;
    this.items++;
    this.bytes += sizeOf(item);
  }

  part(part: WatchedPart): PartMeter {
    let meter = this.parts.get(part);
    if (!meter) this.parts.set(part, (meter = new PartMeter(part)));
    return meter;
  }
}

/** Measures a run. */
export class RunMeter implements Watch {
  readonly begunAt = performance.now();
  readonly stages = new Map<object, StageMeter>();

  of(stage: object | undefined): StageMeter {
    const key = stage ?? this;
    let meter = this.stages.get(key);
    if (!meter) this.stages.set(key, (meter = new StageMeter(performance.now())));
    return meter;
  }

  asked(stage: object, by: object | undefined): Answered {
    const own = this.of(stage);
    const other = by && this.of(by);
    other?.asks(1);
    own.asked(1);
    return (outcome, item) => {
      own.answered(outcome, item);
      other?.asks(-1);
    };
  }

  works(stage: object | undefined, part: WatchedPart): (result?: unknown) => void {
    const meter = this.of(stage);
    const own = meter.part(part);
    const begun = performance.now();
    meter.works(1);
    return (result) => {
      own.items++;
      own.ms += performance.now() - begun;
      own.bytes += sizeOf(result);
      meter.works(-1);
    };
  }

  rests(stage: object | undefined, part: WatchedPart): () => void {
    const own = this.of(stage).part(part);
    const begun = performance.now();
    return () => void (own.ms -= performance.now() - begun);
  }

  sends(stage: object | undefined): () => void {
    const meter = this.of(stage);
    meter.works(1);
    return () => meter.works(-1);
  }

  worked(stage: object | undefined, parts: readonly WatchedPart[], done: WorkedParts, worker: number): void {
    const meter = this.of(stage);
    for (const [n, [items, ms, bytes]] of done.entries()) {
      const part = parts[n];
      if (!part || items === 0) continue;
      const own = meter.part(part);
      own.items += items;
      own.ms += ms;
      own.bytes += bytes;
      own.workers.add(worker);
    }
  }

  cached(stage: object | undefined, part: WatchedPart | undefined, outcome: CacheOutcome): void {
    const meter = this.of(stage);
    if (part) meter.part(part).cached(outcome);
    if (outcome === "computed") meter.misses++;
    else meter.hits++;
  }

  /** Counts the time of all stages up to now. */
  count(): void {
    for (const meter of this.stages.values()) meter.count();
  }
}
