/** Runs chains of transforms on other threads, for whoever runs transforms within a `parallel`. */
import type { MaybePromise } from "../async/maybe-promise.ts";
import type { Seed } from "../random/random.ts";
import type { ItemNotes } from "./item-context.ts";
import type { Entry, Run } from "./stage.ts";
import type { Transform } from "./transform.ts";

/** Where transforms are in a plan. */
export interface ChainPlace {
  readonly seed: Seed;
  /** Number of random transforms before them. */
  readonly randomCount: number;
}

/** Runs transforms on other threads, as far as they can move; the others on this one. */
export abstract class OtherThreads {
  /** The result of transforms for an entry. `notes` collects what they record. */
  abstract apply(
    transforms: readonly Transform[],
    place: ChainPlace,
    entry: Entry<unknown>,
    run: Run,
    notes: ItemNotes,
  ): MaybePromise<Entry<unknown> | undefined>;
}

/** What runs transforms on other threads in this part of a run. */
export function otherThreadsIn({ otherThreads }: Run): OtherThreads | undefined {
  return otherThreads instanceof OtherThreads ? otherThreads : undefined;
}
