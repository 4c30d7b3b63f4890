/** How far the ranks of a run are in one global order, and what is left of it for other ranks. */
import * as v from "valibot";
import { integerSchema } from "../options.ts";
import { badPosition, type Position } from "../plan/stage.ts";

/** An earlier part of an epoch, read by so many ranks: the number of items that each of them has taken. */
export type RankedPart = readonly [worldSize: number, taken: readonly number[]];

/** One rank's place in an epoch. */
export interface RankPlace {
  /** Parts of the epoch that were read before, with other numbers of ranks. */
  readonly before: readonly RankedPart[];
  /** Who reads the present part, and how many items it has taken; left out where no rank has begun it. */
  readonly at?: readonly [rank: number, worldSize: number, taken: number];
}

const tag = "voxrx.rank";

const countSchema = v.pipe(integerSchema, v.minValue(0));
const sizeSchema = v.pipe(integerSchema, v.minValue(1));

const placeSchema = v.strictObject({
  before: v.array(v.strictTuple([sizeSchema, v.array(countSchema)])),
  at: v.exactOptional(v.strictTuple([countSchema, sizeSchema, countSchema])),
});

/** A place as a position, which `mergeCheckpoints` finds in the position of a whole plan. */
export function rankPosition({ before, at }: RankPlace): Position {
  return { [tag]: { before, ...(at ? { at } : {}) } };
}

/** The place in a position; undefined if it is not one of `forRank`. @throws PipelineError `VOXRX_BAD_POSITION` */
export function rankPlaceIn(position: Position): RankPlace | undefined {
  if (typeof position !== "object" || position === null || Array.isArray(position) || !(tag in position)) {
    return undefined;
  }
  const checked = v.safeParse(placeSchema, Reflect.get(position, tag));
  if (checked.success && checked.output.before.every(([size, taken]) => size === taken.length)) return checked.output;
  throw badPosition(position, "forRank");
}

/**
 * Parts with one more. Where the ranks have read everything up to some item, as they do in step, that number says it
 * all, and parts that follow each other become one.
 */
export function withPart(before: readonly RankedPart[], [worldSize, taken]: RankedPart): readonly RankedPart[] {
  const [first = 0] = taken;
  const lasts = taken.slice(1).map((count, n) => (taken[n] ?? 0) - count);
  const isComplete = lasts.every((less) => less === 0 || less === 1) && first - (taken.at(-1) ?? 0) <= 1;
  if (!isComplete) return [...before, [worldSize, taken]];
  const sum = taken.reduce((total, count) => total + count, 0);
  const [last, rest] = [before.at(-1), before.slice(0, -1)];
  return last?.[0] === 1 ? [...rest, [1, [(last[1][0] ?? 0) + sum]]] : [...before, [1, [sum]]];
}

/** What is left of a global order of items after some of it was read. */
export interface RemainingOrder {
  readonly length: number;
  /** The place in the global order of what is left at `index`. */
  placeOf(index: number): number;
}

/** What is left of `length` items after the given parts. */
export function remainingOrder(length: number, before: readonly RankedPart[]): RemainingOrder {
  const all: RemainingOrder = { length, placeOf: (index) => index };
  return before.reduce(after, all);
}

/** Step s of rank r of n has read item s * n + r. The ranks were not all at the same step. */
function after(order: RemainingOrder, [worldSize, taken]: RankedPart): RemainingOrder {
  const [slowest, fastest] = [Math.min(...taken), Math.max(...taken)];
  const between: number[] = [];
  for (let at = slowest * worldSize; at < Math.min(order.length, fastest * worldSize); at++) {
    if (Math.floor(at / worldSize) >= (taken[at % worldSize] ?? 0)) between.push(at);
  }
  const rest = fastest * worldSize;
  return {
    length: between.length + Math.max(0, order.length - rest),
    placeOf: (index) => order.placeOf(between[index] ?? rest + index - between.length),
  };
}
