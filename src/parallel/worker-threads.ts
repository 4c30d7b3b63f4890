/** Runs chains on the worker threads of this process, for one `parallel`. */
import type { MaybePromise } from "../async/maybe-promise.ts";
import { onAbort } from "../async/on-abort.ts";
import { type Has, Stays, type TransformData, transformsData } from "../operator/relocation.ts";
import type { ItemNotes } from "../plan/item-context.ts";
import { type ChainPlace, OtherThreads } from "../plan/other-threads.ts";
import { placeTransforms, runTransforms } from "../plan/run-transforms.ts";
import type { Entry, Position, Run } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { Job, type MovingChain } from "./job.ts";
import { movingChain } from "./segment.ts";
import { runAlone, runOnWorker } from "./worker-pool.ts";

/** What the threads of one `parallel` are. */
export interface ThreadsOptions {
  /** How many are used now. */
  workers(): number;
  /** URLs of the modules that export users' operators. */
  readonly modules: readonly string[];
  /** URL of the program of the threads. Undefined: that of the package. */
  readonly program: string | undefined;
}

/** Neighboring transforms that all move (with their chain), or all stay. */
interface Group {
  readonly from: number;
  readonly end: number;
  readonly chain: MovingChain | undefined;
}

/** The worker threads, as a `parallel` uses them. */
export class WorkerThreads extends OtherThreads {
  readonly #options: ThreadsOptions;
  readonly #has: Has;
  readonly #groups = new WeakMap<readonly Transform[], readonly Group[]>();

  constructor(options: ThreadsOptions, has: Has) {
    super();
    this.#options = options;
    this.#has = has;
  }

  /** Begins to run a chain on an entry. */
  start(chain: MovingChain, entry: Entry<unknown>, run: Run, notes: ItemNotes = {}, from?: Position): Job {
    const { workers, program } = this.#options;
    const job = new Job({ chain, entry, run, notes, from }, (again) => runAlone(again, program));
    runOnWorker(job, workers(), program);
    return job;
  }

  /** The result of a chain that is one to one. */
  async resultOf(chain: MovingChain, entry: Entry<unknown>, run: Run, notes?: ItemNotes) {
    const job = this.start(chain, entry, run, notes);
    const unregister = onAbort(run.signal, () => job.close());
    try {
      const result = await job.next();
      run.signal.throwIfAborted();
      return result;
    } finally {
      unregister();
      job.close();
    }
  }

  override async apply(
    transforms: readonly Transform[],
    place: ChainPlace,
    entry: Entry<unknown>,
    run: Run,
    notes: ItemNotes,
  ): Promise<Entry<unknown> | undefined> {
    const placed = placeTransforms(transforms, place.randomCount, place.seed);
    let current: Entry<unknown> | undefined = entry;
    for (const { from, end, chain } of this.#groupsOf(transforms, place)) {
      if (!current) return undefined;
      const part = {
        ...placed,
        transforms: transforms.slice(from, end),
        places: placed.places.slice(from, end),
      };
      const step: MaybePromise<Entry<unknown> | undefined> = chain
        ? this.resultOf(chain, current, run, notes)
        : runTransforms(part, current, run, notes);
      current = await step;
    }
    return current;
  }

  #groupsOf(transforms: readonly Transform[], { seed, randomCount }: ChainPlace): readonly Group[] {
    const known = this.#groups.get(transforms);
    if (known) return known;
    const data = transformsData(transforms, this.#has);
    const groups: Group[] = [];
    for (let from = 0; from < data.length; ) {
      let end = from + 1;
      while (end < data.length && data[end] instanceof Stays === data[from] instanceof Stays) end++;
      const moving = data.slice(from, end).flatMap((each): TransformData[] => (each instanceof Stays ? [] : [each]));
      const before = transforms.slice(0, from).filter(({ kind }) => kind === "random").length;
      const step = { transforms: transforms.slice(from, end), data: moving };
      const at = { seed, randomCount: randomCount + before };
      groups.push({ from, end, chain: moving.length > 0 ? movingChain([step], at, this.#options.modules) : undefined });
      from = end;
    }
    this.#groups.set(transforms, groups);
    return groups;
  }
}
