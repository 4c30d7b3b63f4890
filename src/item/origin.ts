/** Where an item came from and what was drawn for it, for consumers of a dataset. */

/** What one random operator drew for one item. JSON only: enough to apply it again. */
export interface Draw {
  readonly operator: string;
  /** Number of random operators before it in the plan. */
  readonly ordinal: number;
  readonly params: unknown;
}

/** Where an item came from and what was drawn for it. */
export interface Origin {
  /** The item's id. */
  readonly id: string;
  /** Epoch of its run; undefined if that had several (`epochs`). */
  readonly epoch: number | undefined;
  /** What random operators drew, in the order of the plan. */
  readonly draws: readonly Draw[];
}

/** What {@link noteOrigin} needs from an entry of a run. */
interface NotedItem {
  readonly id: string;
  readonly value: unknown;
  readonly draws?: readonly Draw[];
}

const origins = new WeakMap<object, Origin>();

/**
 * Records the origin of an item that leaves the engine. Only items with draws are recorded: a table entry for each makes
 * a run over a million plain records take more than twice as long.
 *
 * @param epoch that of the item
 */
export function noteOrigin({ id, value, draws }: NotedItem, epoch: () => number | undefined): void {
  if (draws && typeof value === "object" && value !== null) origins.set(value, { id, epoch: epoch(), draws });
}

/**
 * What random operators drew for an item that came out of a dataset; undefined if none did.
 *
 * @example
 * ```ts
 * import { Dataset, originOf, Volume } from "voxrx";
 * import { randFlip } from "voxrx/operators";
 * declare const scan: Volume;
 * for await (const flipped of Dataset.from([scan]).pipe(randFlip({ prob: 1 }))) console.log(originOf(flipped)?.draws);
 * ```
 */
export function originOf(item: object): Origin | undefined {
  return origins.get(item);
}
