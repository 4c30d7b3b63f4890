/** Where a plan stops being deterministic, and a cache of the part before that. */

import { callUser } from "../async/call-user.ts";
import { requestUntilComputed } from "../async/compute-once.ts";
import { PipelineError } from "../errors.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import { NotCanonical } from "../fingerprint/canonical.ts";
import { digest, identityOf } from "../fingerprint/fingerprint.ts";
import { rememberUrlsIn } from "../http/remember-urls.ts";
import { isInstance } from "../is-instance.ts";
import type { StoredItem } from "../item/stored-item.ts";
import { besideOwnWork, type ItemContext, type ItemNotes, noteCached, takesUnread } from "../plan/item-context.ts";
import { otherThreadsIn } from "../plan/other-threads.ts";
import { placeTransforms, runTransforms } from "../plan/run-transforms.ts";
import { indexOf, type Run, type Stage, type StageText } from "../plan/stage.ts";
import { type Transform, transformText } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import type { Store } from "./store.ts";
import { answerWithoutSamples } from "./without-samples.ts";

/** A plan cut at its first transform that is not deterministic. */
export interface SplitPlan {
  readonly base: Stage<unknown>;
  /** What comes before the cut: the same for an item in every epoch. */
  readonly prefix: readonly Transform[];
  readonly suffix: readonly Transform[];
  /** Why the prefix ends where it does, as text. */
  readonly reason: string;
}

/** Cuts the chain of transforms at the end of a plan. A composed transform counts as its parts. */
export function splitAtRandom(stage: Stage<unknown>): SplitPlan {
  if (!(stage instanceof TransformStage))
    return { base: stage, prefix: [], suffix: [], reason: "no transform is directly before it" };
  const { base, transforms } = stage;
  if (base.randomCount > 0) {
    return { base, prefix: [], suffix: transforms, reason: "a random operator comes before this chain of transforms" };
  }
  const cut = transforms.findIndex(({ kind, drops }) => kind !== "deterministic" || drops);
  if (cut < 0) return { base, prefix: transforms, suffix: [], reason: "all transforms before it are deterministic" };
  const ending = transforms[cut];
  const why =
    ending?.kind === "random"
      ? "random"
      : ending?.kind === "opaque"
        ? "opaque"
        : "leaving items out (put indexed() after it)";
  const reason = `the prefix ends before ${ending?.name}, which is ${why}`;
  return { base, prefix: transforms.slice(0, cut), suffix: transforms.slice(cut), reason };
}

/** What an item is known by, instead of its content. */
export type Identify = (item: unknown) => unknown;

/** The function of a user, who says what the items are: the compiler can't check it. */
export function ofAnyItem(identify: ((item: never) => unknown) | undefined): Identify | undefined;
export function ofAnyItem(identify: unknown): unknown {
  return identify;
}

/** A chain of deterministic transforms with its results in a store. */
export class CachedPrefix {
  readonly #base: Stage<unknown>;
  readonly #prefix: readonly Transform[];
  readonly #store: Store;
  readonly #identify: Identify | undefined;

  constructor(base: Stage<unknown>, prefix: readonly Transform[], store: Store, identify?: Identify) {
    this.#base = base;
    this.#prefix = prefix;
    this.#store = store;
    this.#identify = identify;
  }

  /** Identity of the prefix as it is now: what its transforms depend on may change after composition. */
  get fingerprint(): string {
    return digest(JSON.stringify(this.#prefix.map(({ fingerprint }) => fingerprint)));
  }

  /**
   * Identity of the prefix's result for an item. It depends on the item's content and on the prefix, not on the item's
   * id or position; or, instead of the content, on what `identify` returns.
   */
  idOf(value: unknown): string {
    const identity = this.#identify ? { identify: callUser("identify", () => this.#identify?.(value)) } : value;
    try {
      return digest(JSON.stringify([identityOf(identity), this.fingerprint]));
    } catch (error) {
      if (!isInstance(error, NotCanonical)) throw error;
      throw new PipelineError("VOXRX_UNCACHEABLE", `the item can't be cached: ${error.message}`, {
        cause: error,
        remedy: "Keep functions and class instances out of items, or add them after the cache with map().",
      });
    }
  }

  /** The prefix's result for an item: from the store, or computed once for all callers. */
  async fetch(value: unknown, context: ItemContext): Promise<unknown> {
    const id = this.idOf(value);
    rememberUrlsIn(value);
    const { signal } = context;
    const answer = this.#answerFor(context);
    // A run that computes an item for others too may be closed before it is done: another run then computes it.
    const { stored, outcome } = await requestUntilComputed(
      () => this.#compute(value, context),
      (compute) => answer({ id, compute, signal }),
      signal,
    );
    noteCached(context, outcome);
    for (const file of stored.files) context.dependsOn(file);
    context.run.inspection?.onCache?.({ store: this.#store.name, outcome, entry: id });
    return stored.value;
  }

  /** Asks the store, without samples if what follows reads them. */
  #answerFor(context: ItemContext): Store["getOrCompute"] {
    const lean = answerWithoutSamples(this.#store);
    return lean && takesUnread(context) ? lean : (request) => this.#store.getOrCompute(request);
  }

  /** The prefix's result for an item, computed without the store. */
  async apply(value: unknown, context: ItemContext): Promise<unknown> {
    const notes: ItemNotes = context.recordsFiles ? { files: [] } : {};
    try {
      return await this.#run(value, context, notes);
    } finally {
      for (const file of notes.files ?? []) context.dependsOn(file);
    }
  }

  /** The transforms of the prefix; a cache among them is replaced by the transforms that it caches. */
  get transforms(): readonly Transform[] {
    return this.#prefix.flatMap((transform) => transform.insteadOf ?? [transform]);
  }

  describe(note: string): readonly StageText[] {
    return this.#prefix.flatMap(transformText).map((text) => ({ ...text, notes: [...(text.notes ?? []), note] }));
  }

  async #compute(value: unknown, context: ItemContext): Promise<StoredItem> {
    const files: FileIdentity[] = [];
    try {
      return { value: await this.#run(value, context, { files }), files };
    } catch (error) {
      // No store answers with them, and an item that is left out may come when one of them has changed.
      for (const file of files) context.dependsOn(file);
      throw error;
    }
  }

  async #run(value: unknown, context: ItemContext, notes: ItemNotes): Promise<unknown> {
    const { seed, randomCount } = this.#base;
    const { id, index, run } = context;
    const entry = { id, index, value, next: null };
    const threads = otherThreadsIn(run);
    const done = await besideOwnWork(context, async () =>
      threads
        ? threads.apply(this.#prefix, { seed, randomCount }, entry, run, notes)
        : runTransforms(placeTransforms(this.#prefix, randomCount, seed), entry, run, notes),
    );
    return done?.value;
  }
}

/** The number of items of a base, if it can be known. */
export async function lengthOf(base: Stage<unknown>, run: Run): Promise<number | undefined> {
  return base.knownLength?.() ?? (base.index && (await indexOf(base, run)).length);
}
