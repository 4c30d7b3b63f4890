/** What an item can tell of itself once it is in the hands of a consumer. */
import type { Draw, Entry } from "../plan/stage.ts";

/** Where an item came from and what was drawn for it. */
export interface Origin {
  /** The item's key. */
  readonly key: string;
  /** What random operators drew, in the order of the plan. */
  readonly draws: readonly Draw[];
}

const origins = new WeakMap<object, Origin>();

/** Notes the origin of an item that leaves the engine. Only items with draws are noted: it costs a table entry each. */
export function noteOrigin(entry: Entry<unknown>): void {
  const { key, value, draws } = entry;
  if (draws && typeof value === "object" && value !== null) origins.set(value, { key, draws });
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
