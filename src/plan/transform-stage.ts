import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import type { Seed } from "../random/random.ts";
import { isLeftOut } from "./inspection.ts";
import type { ItemNotes } from "./item-context.ts";
import { lentFrom } from "./lent-items.ts";
import { type AheadBounds, lookAhead } from "./look-ahead.ts";
import { type PlacedTransforms, placeTransforms, runTransforms } from "./run-transforms.ts";
import {
  type Cursor,
  type Entry,
  type IndexView,
  indexOf,
  open,
  type Position,
  type Run,
  type Stage,
  type StageText,
} from "./stage.ts";
import { traceTransforms } from "./trace-transforms.ts";
import { comparable, rounded, type Transform, transformText } from "./transform.ts";

/**
 * A chain of neighboring transforms over one stage, run as one. Adding a transform makes a longer chain, not a
 * longer plan.
 */
export class TransformStage implements Stage<unknown> {
  readonly base: Stage<unknown>;
  readonly transforms: readonly Transform[];
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly shifts: boolean;
  readonly lends: string | undefined;
  readonly passage = { keepsItems: true };
  readonly index: ((run: Run) => MaybePromise<IndexView<unknown>>) | undefined;
  readonly #placed: PlacedTransforms;

  constructor(base: Stage<unknown>, transforms: readonly Transform[], leavesUnread = false) {
    this.base = base;
    this.transforms = transforms;
    this.inputs = [base];
    this.seed = base.seed;
    this.shifts = base.shifts ?? false;
    this.#placed = { ...placeTransforms(transforms, base.randomCount, base.seed), leavesUnread };
    this.randomCount = base.randomCount + transforms.filter(({ kind }) => kind === "random").length;
    const ahead = transforms.find(({ concurrency = 1 }) => concurrency > 1);
    this.lends = lentFrom([base], () => ahead?.name ?? "", ahead !== undefined);
    const drops = transforms.some((transform) => transform.drops);
    this.index = base.index && !drops ? (run) => this.#viewOf(run) : undefined;
  }

  /** The input with transforms added at the end; they join a chain that is there. */
  static over(input: Stage<unknown>, added: readonly Transform[]): Stage<unknown> {
    if (added.length === 0) return input;
    if (input instanceof TransformStage) return new TransformStage(input.base, [...input.transforms, ...added]);
    return new TransformStage(input, added);
  }

  /**
   * The same stage for one that reads samples from a store by itself: its items may have volumes that are not read yet.
   * Any other stage stays as it is.
   */
  static leavingUnread(stage: Stage<unknown>): Stage<unknown> {
    return stage instanceof TransformStage ? new TransformStage(stage.base, stage.transforms, true) : stage;
  }

  /** Items in work at once: the largest number that any of the transforms requests. */
  get concurrency(): number {
    return Math.max(1, ...this.transforms.map((transform) => transform.concurrency ?? 1));
  }

  /** Applies the chain to one entry of the base. `notes` collects what the transforms record. */
  apply(entry: Entry<unknown>, run: Run, notes?: ItemNotes): MaybePromise<Entry<unknown> | undefined> {
    if (isLeftOut(run, entry.id)) return undefined;
    const only = run.inspection?.only;
    if (only?.trace && only.wants(entry.id)) return traceTransforms(this.#placed, entry, run, only.trace);
    const onFile = run.inspection?.onFile;
    if (!onFile || notes) return runTransforms(this.#placed, entry, run, notes);
    return tellingFiles(
      (told) => runTransforms(this.#placed, entry, run, told),
      (file) => onFile(file, entry.id),
    );
  }

  knownLength(): number | undefined {
    return this.index ? this.base.knownLength?.() : undefined;
  }

  start(run: Run, from?: Position): Cursor<unknown> {
    const { concurrency } = this;
    if (concurrency === 1) return new ChainCursor(open(this.base, run, from), (entry) => this.apply(entry, run));
    return this.startAhead(run, from, {
      concurrency,
      buffer: 0,
      maxBytes: Number.POSITIVE_INFINITY,
      ordered: true,
    });
  }

  /** Begins a run with look-ahead. Positions are those of `start`. */
  startAhead(run: Run, from: Position | undefined, bounds: AheadBounds): Cursor<unknown> {
    return lookAhead(open(this.base, run, from), (entry) => this.apply(entry, run), bounds);
  }

  describe(): readonly StageText[] {
    return this.transforms.flatMap(transformText);
  }

  /** The transforms that determine the items: a cache counts as those that compute what it keeps, and its rounding. */
  get deciding(): readonly Transform[] {
    return this.transforms.flatMap((transform) => {
      const { insteadOf, cache } = transform;
      return insteadOf
        ? [...insteadOf, ...(cache?.rounding === undefined ? [] : [rounded(cache.rounding)])]
        : [transform];
    });
  }

  /** What determines the items, as far as it can be compared. */
  get identity(): unknown {
    const { deciding } = this;
    return deciding.length === 0 ? undefined : deciding.map(comparable);
  }

  #viewOf(run: Run): MaybePromise<IndexView<unknown>> {
    return whenReady(indexOf(this.base, run), (view) => ({
      ...view,
      at: (index: number) =>
        whenReady(view.at(index), (entry) => whenReady(this.apply(entry, run), (done) => done ?? entry)),
    }));
  }
}

/** Does work, and tells of the files that it notes, also when it fails. */
function tellingFiles<R>(work: (notes: ItemNotes) => MaybePromise<R>, tell: (file: FileIdentity) => void) {
  const files: FileIdentity[] = [];
  const done = (result: R): R => {
    files.forEach(tell);
    return result;
  };
  const failed = (error: unknown): never => {
    files.forEach(tell);
    throw error;
  };
  try {
    const result = work({ files });
    return isPromise(result) ? result.then(done, failed) : done(result);
  } catch (error) {
    return failed(error);
  }
}

/** Pulls the base one at a time and applies the chain, without a promise unless the base or a transform needs one. */
class ChainCursor implements Cursor<unknown> {
  readonly #base: Cursor<unknown>;
  readonly #apply: (entry: Entry<unknown>) => MaybePromise<Entry<unknown> | undefined>;
  #closed = false;

  constructor(base: Cursor<unknown>, apply: (entry: Entry<unknown>) => MaybePromise<Entry<unknown> | undefined>) {
    this.#base = base;
    this.#apply = apply;
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    while (!this.#closed) {
      const entry = this.#base.next();
      if (isPromise(entry)) return this.#later(entry);
      if (entry === undefined) return undefined;
      const result = this.#apply(entry);
      if (isPromise(result)) return this.#settled(result);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  async #later(coming: PromiseLike<Entry<unknown> | undefined>): Promise<Entry<unknown> | undefined> {
    const entry = await coming;
    if (entry === undefined || this.#closed) return undefined;
    return (await this.#apply(entry)) ?? this.next();
  }

  async #settled(coming: PromiseLike<Entry<unknown> | undefined>): Promise<Entry<unknown> | undefined> {
    return (await coming) ?? this.next();
  }

  close(): MaybePromise<void> {
    this.#closed = true;
    return this.#base.close();
  }
}
