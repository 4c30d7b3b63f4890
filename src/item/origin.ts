/** Where an item came from and what was drawn for it, for consumers of a dataset. */
import { makeItemDisplayable } from "../display.ts";
import { isTensor } from "../volume/tensor.ts";
import { Volume } from "../volume/volume.ts";
import { isPlainRecord } from "./record.ts";

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
 * Records the origin of an item that leaves the engine, and gives a record with images its display in notebooks. Only
 * items with draws are recorded, because each takes a table entry.
 */
export function noteOrigin({ id, value, draws }: NotedItem): void {
  if (typeof value !== "object" || value === null) return;
  if (draws) origins.set(value, { id, draws });
  if (isPlainRecord(value) && hasImage(value)) makeItemDisplayable(value);
}

function hasImage(record: Readonly<Record<string, unknown>>): boolean {
  for (const name in record) {
    const value = record[name];
    if (typeof value === "object" && value !== null && (value instanceof Volume || isTensor(value))) return true;
  }
  return false;
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
