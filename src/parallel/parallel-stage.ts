/** A stage that runs the transforms before it on worker threads. What it yields is what they yield without it. */
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { declarationOf } from "../operator/declared-factory.ts";
import { type Declaration, declaredIn, type Exports } from "../operator/relocation.ts";
import { AutoTune } from "../plan/auto-tune.ts";
import { aheadByIndex } from "../plan/index-ahead.ts";
import type { Passage } from "../plan/inspection.ts";
import { lentFrom } from "../plan/lent-items.ts";
import { type AheadBounds, lookAhead } from "../plan/look-ahead.ts";
import {
  type Cursor,
  type Entry,
  type IndexView,
  indexOf,
  open,
  type Position,
  type Run,
  type Stage,
  type StageExplanation,
  type StageText,
} from "../plan/stage.ts";
import { transformText } from "../plan/transform.ts";
import type { Seed } from "../random/random.ts";
import type { MovingChain } from "./job.ts";
import { PartsCursor } from "./parts-cursor.ts";
import { movingChain, type Segment, segmentBefore } from "./segment.ts";
import { WorkerThreads } from "./worker-threads.ts";

/** Options of {@link ParallelStage}. */
export interface ParallelSettings {
  readonly workers: number;
  /** URLs of the modules that export users' operators. */
  readonly modules: readonly string[];
  /** URL of the program of the threads. Undefined: that of the package. */
  readonly program: string | undefined;
  /** Most bytes of finished items and of an estimate for those in work. */
  readonly maxBytes: number;
  /** Whether the number of workers is chosen from what is measured. */
  readonly autotune: boolean;
  /** Options as text, for `explain()`. */
  readonly detail: string;
}

/** Whether a run needs no threads, for a single item, or wants to know of the files that are read. */
function staysHere({ inspection }: Run): boolean {
  return inspection?.only !== undefined || inspection?.onFile !== undefined;
}

/** See the file. */
export class ParallelStage implements Stage<unknown> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly shifts: boolean;
  readonly index: ((run: Run) => MaybePromise<IndexView<unknown>>) | undefined;
  readonly passage: Passage<Stage<unknown>>;
  readonly #input: Stage<unknown>;
  readonly #settings: ParallelSettings;
  readonly #tune: AutoTune | undefined;
  readonly tuned: (() => string) | undefined;
  /** Versions of the operators that the modules export, by name, once they were imported. */
  #exported: ReadonlyMap<string, unknown> | undefined;

  constructor(input: Stage<unknown>, settings: ParallelSettings) {
    lentFrom([input], () => "parallel", true);
    this.#input = input;
    this.#settings = settings;
    const { workers, autotune } = settings;
    const tune = autotune && workers > 0 ? new AutoTune(workers) : undefined;
    this.#tune = tune;
    this.tuned = tune && (() => `parallel uses ${tune.level} of at most ${workers} worker threads`);
    this.inputs = [input];
    this.seed = input.seed;
    this.randomCount = input.randomCount;
    this.shifts = input.shifts ?? false;
    this.passage = { keepsItems: true, elsewhere: true, over: (other) => new ParallelStage(other, settings) };
    const view = (run: Run) => whenReady(this.#prepared(), (work) => work.view(run));
    this.index = input.index && ((run) => (staysHere(run) ? indexOf(input, run) : view(run)));
    if (settings.modules.length === 0) this.#exported = new Map();
  }

  start(run: Run, from?: Position): Cursor<unknown> {
    if (staysHere(run)) return open(this.#input, run, from);
    const prepared = this.#prepared();
    return "then" in prepared
      ? new LaterCursor(prepared.then((work) => work.start(run, from)))
      : prepared.start(run, from);
  }

  knownLength(): number | undefined {
    return this.#input.knownLength?.();
  }

  describe(): readonly StageText[] {
    return [this.#text(this.#segment())];
  }

  explain(): StageExplanation {
    const segment = this.#segment();
    const lines = segment.steps.flatMap((step) => {
      const texts = "fan" in step ? step.stage.describe() : step.transforms.flatMap(transformText);
      return texts.map((text) => ({ ...text, notes: [...(text.notes ?? []), "on worker threads"] }));
    });
    return { inputs: [segment.head ?? segment.base], lines: [...lines, this.#text(segment)] };
  }

  #text({ steps, reason, head }: Segment): StageText {
    const { detail, workers } = this.#settings;
    if (workers === 0) return { name: "parallel", detail, notes: ["everything runs on the main thread"] };
    const hasStore = head?.transforms.some(({ insteadOf }) => insteadOf);
    const notes = [
      steps.length > 0 ? `what is before them stays on the main thread: ${reason}` : `nothing moves: ${reason}`,
      ...(hasStore ? ["what the store lacks is computed on worker threads"] : []),
      ...(this.#tune ? [`autotune: ${this.#tune.level} at once now`] : []),
    ];
    return { name: "parallel", detail, notes };
  }

  #segment(): Segment {
    const { workers } = this.#settings;
    if (workers === 0) return { base: this.#input, head: undefined, steps: [], reason: "" };
    return segmentBefore(this.#input, (declaration) => this.#has(declaration));
  }

  /** Before the modules were imported, they are expected to export what they are named for. */
  #has({ name, version, isOwn }: Declaration): boolean {
    return isOwn === true || !this.#exported || this.#exported.get(name) === version;
  }

  #prepared(): ParallelWork | Promise<ParallelWork> {
    const begin = () =>
      new ParallelWork(this.#segment(), this.#input, this.#settings, (one) => this.#has(one), this.#tune);
    return this.#exported ? begin() : this.#importModules().then(begin);
  }

  async #importModules(): Promise<void> {
    const modules: Exports[] = [];
    for (const url of this.#settings.modules) modules.push(await import(url));
    const versions = [...declaredIn(modules)].map(
      ([name, factory]) => [name, declarationOf(factory)?.version] as const,
    );
    this.#exported = new Map(versions);
  }
}

/** What is done in one run. */
class ParallelWork {
  readonly #segment: Segment;
  readonly #input: Stage<unknown>;
  readonly #settings: ParallelSettings;
  readonly #threads: WorkerThreads;
  readonly #chain: MovingChain | undefined;
  readonly #tune: AutoTune | undefined;

  constructor(
    segment: Segment,
    input: Stage<unknown>,
    settings: ParallelSettings,
    has: (declaration: Declaration) => boolean,
    tune: AutoTune | undefined,
  ) {
    this.#tune = tune;
    this.#segment = segment;
    this.#input = input;
    this.#settings = settings;
    const { workers, modules, program } = settings;
    this.#threads = new WorkerThreads({ workers: () => tune?.level ?? workers, modules, program }, has);
    const { base, head, steps } = segment;
    const { seed, randomCount } = head ?? base;
    this.#chain = steps.length > 0 ? movingChain(steps, { seed, randomCount }, settings.modules) : undefined;
  }

  start(run: Run, from: Position | undefined): Cursor<unknown> {
    const { workers } = this.#settings;
    // Where a run of three operators that make several items continues is too much to take apart.
    if (workers === 0 || (from !== undefined && this.#depth > 2)) return open(this.#input, run, from);
    const inside = this.#inside(run);
    const { base } = this.#segment;
    this.#tune?.begin();
    const [bounds, before] = [this.#bounds(true), this.#bounds(false)];
    const depth = this.#depth;
    const chain = this.#chain;
    // What is before may be worth as much look-ahead, such as a cache before a shuffle.
    const isAhead = base.index && base.inputs.length > 0;
    const items = (at: Position | undefined) =>
      isAhead ? aheadByIndex(base, inside, at, before) : open(base, inside, at);
    if (chain && depth > 0) {
      return new PartsCursor({
        open: items,
        begin: (entry, at) =>
          whenReady(this.#first(entry, inside), (ready) => ready && this.#threads.start(chain, ready, inside, {}, at)),
        ...{ depth, bounds, from },
      });
    }
    const isByIndex = isAhead && this.#input.index !== undefined;
    const inStream = isByIndex ? before : bounds;
    const stream = (at: Position | undefined) => lookAhead(items(at), (entry) => this.#one(entry, inside), inStream);
    // Where something is left out, the input has no index although its base has one.
    return isByIndex ? aheadByIndex(this.#indexed(stream, inside), inside, from, bounds) : stream(from);
  }

  /** @param isLast whether the consumer asks there, which decides on the number of workers */
  #bounds(isLast: boolean): AheadBounds {
    const { workers, maxBytes } = this.#settings;
    const ofWorkers = (number: number) => ({ concurrency: number + 1, buffer: number });
    return this.#tune?.bounds(ofWorkers, maxBytes, isLast) ?? { ...ofWorkers(workers), maxBytes, ordered: true };
  }

  /** Number of operators that make several items from one. */
  get #depth(): number {
    return this.#segment.steps.filter((step) => "fan" in step).length;
  }

  /** The results by index. @param stream the same as a stream @param inside whose stage the work is counted for */
  #indexed(stream: (from: Position | undefined) => Cursor<unknown>, { watchedAs }: Run): Stage<unknown> {
    const { seed, randomCount, shifts } = this.#input;
    return {
      ...{ inputs: [], seed, randomCount, describe: () => [], start: (_, from) => stream(from) },
      ...(shifts === undefined ? {} : { shifts }),
      index: (run) => this.view({ ...run, watchedAs }),
    };
  }

  view(run: Run): MaybePromise<IndexView<unknown>> {
    const { base } = this.#segment;
    if (this.#settings.workers === 0 || this.#depth > 0) return indexOf(this.#input, run);
    const inside = this.#inside(run);
    return whenReady(indexOf(base, inside), (view) => ({
      ...view,
      at: (index: number) =>
        whenReady(view.at(index), (entry) => whenReady(this.#one(entry, inside), (done) => done ?? entry)),
    }));
  }

  #inside(run: Run): Run {
    return { ...run, otherThreads: this.#threads };
  }

  /** An entry after the transforms that stay. */
  #first(entry: Entry<unknown>, run: Run): MaybePromise<Entry<unknown> | undefined> {
    const { head } = this.#segment;
    return head ? head.apply(entry, run) : entry;
  }

  /** The result for an entry, of a chain that is one to one. */
  #one(entry: Entry<unknown>, run: Run): MaybePromise<Entry<unknown> | undefined> {
    const chain = this.#chain;
    if (!chain) return this.#first(entry, run);
    return whenReady(this.#first(entry, run), async (ready) => {
      if (!ready) return undefined;
      const result = await this.#threads.resultOf(chain, ready, run);
      return result && { ...result, next: entry.next };
    });
  }
}

/** A cursor that is made later. */
class LaterCursor implements Cursor<unknown> {
  readonly #coming: Promise<Cursor<unknown>>;
  #isClosed = false;

  constructor(coming: Promise<Cursor<unknown>>) {
    this.#coming = coming;
    coming.catch(() => undefined); // `next` reports it
  }

  async next(): Promise<Entry<unknown> | undefined> {
    const cursor = await this.#coming;
    return this.#isClosed ? undefined : cursor.next();
  }

  close(): void {
    this.#isClosed = true;
    void this.#coming.then((cursor) => cursor.close()).catch(() => undefined);
  }
}
