import { PipelineError } from "../errors.ts";
import type { Position } from "../plan/stage.ts";
import { type Checkpoint, otherPlan, readCheckpoint } from "./checkpoint.ts";
import { packPosition } from "./packed-position.ts";
import { planDifference } from "./plan-parts.ts";
import { type RankPlace, rankPlaceIn, rankPosition, withPart } from "./rank-position.ts";

/**
 * One checkpoint of the checkpoints of all ranks of an epoch, in any order: any number of ranks continues from it, and
 * together they read exactly what no rank has read yet. The sequence of items is kept, not how they were grouped into
 * batches.
 *
 * @throws PipelineError `VOXRX_BAD_CHECKPOINT` if a rank is missing or given twice, or if an operator after `forRank`
 * keeps items back; `VOXRX_OTHER_PLAN` if they are of different plans, seeds or epochs
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { type Checkpoint, Dataset, mergeCheckpoints } from "voxrx";
 * import { forRank } from "voxrx/operators";
 * const read = (rank: number): Checkpoint => JSON.parse(readFileSync(`rank${rank}.json`, "utf8"));
 * const from = mergeCheckpoints([read(0), read(1)]);
 * const scans = Dataset.from(["a", "b", "c"]).pipe(forRank({ rank: 0, worldSize: 4 }));
 * for await (const scan of scans.iterate({ from })) console.log(scan);
 * ```
 */
export function mergeCheckpoints(checkpoints: readonly Checkpoint[]): Checkpoint {
  const [first, ...others] = checkpoints.map((each) => readCheckpoint(each));
  if (!first) throw notMerged("there are no checkpoints", "Pass those of all ranks.");
  for (const other of others) checkAlike(first, other);
  const all = [first, ...others];
  checkRanks(all);
  const begun = all.flatMap(({ position }) => (position === undefined ? [] : [position]));
  const { rank: _, position: __, done: ___, ...rest } = first;
  const items = all.reduce((sum, each) => sum + each.items, 0);
  const position = begun.length === 0 ? {} : { position: packPosition(mergedPositions(begun, all.length)) };
  return { ...rest, items, ...position, ...(all.every(({ done }) => done) ? { done: true } : {}) };
}

/** Each rank must be there once. */
function checkRanks(all: readonly Checkpoint[]): void {
  const seen = new Set<number>();
  for (const { rank } of all) {
    if (!rank) throw notMerged("no forRank is in their plan", "Continue each with its own plan.");
    const [number, worldSize] = rank;
    if (worldSize !== all.length) {
      throw notMerged(
        `one is of ${worldSize} ranks, and there are ${all.length}`,
        "Pass those of all ranks of one run.",
      );
    }
    if (seen.has(number)) throw notMerged(`rank ${number} is given twice`, "Pass one of each rank, the latest.");
    seen.add(number);
  }
}

function checkAlike(first: Checkpoint, other: Checkpoint): void {
  const difference = planDifference(first.plan, other.plan);
  if (difference !== undefined) throw otherPlan(`the ranks have different plans: ${difference}`);
  for (const name of ["epoch", "seed"] as const) {
    if (first[name] !== other[name]) throw otherPlan(`one rank has ${name} ${first[name]}, another ${other[name]}`);
  }
}

/** Merges positions of one plan. They may only differ in the places of the ranks, and in what is counted. */
function mergedPositions(positions: readonly Position[], worldSize: number, name = ""): Position {
  const [first = null] = positions;
  const places = positions.flatMap((position) => rankPlaceIn(position) ?? []);
  if (places.length === positions.length) return mergedPlaces(places, worldSize);
  if (positions.every(isList) && isList(first) && positions.every(({ length }) => length === first.length)) {
    const at = (n: number) => positions.map((position) => position[n] ?? null);
    return first.map((_, n) => mergedPositions(at(n), worldSize));
  }
  if (positions.every(isFields)) {
    const names = new Set(positions.flatMap(Object.keys));
    const at = (each: string) => positions.map((position) => position[each] ?? null);
    return Object.fromEntries(Array.from(names, (each) => [each, mergedPositions(at(each), worldSize, each)]));
  }
  if (positions.every((position) => position === first)) return first;
  // A rank that has given its last batch says so; what is left for all ranks together may be more.
  if (positions.every((position) => typeof position === "boolean")) return false;
  const numbers = positions.filter((position) => typeof position === "number");
  if (name === "skipped" && numbers.length === positions.length) return Math.max(...numbers);
  throw notMerged(
    "an operator after forRank keeps items back or counts them, and is not at the same place in all ranks",
    "Put shuffle, take, repeat and the like before forRank, or stop all ranks after the same number of items.",
  );
}

function mergedPlaces(places: readonly RankPlace[], worldSize: number): Position {
  const before = places[0]?.before ?? [];
  // A rank without a position has taken nothing.
  const taken = new Array<number>(worldSize).fill(0);
  for (const { before: its, at } of places) {
    if (JSON.stringify(its) !== JSON.stringify(before)) {
      throw notMerged("they continued from different checkpoints", "Pass those of all ranks of one run.");
    }
    if (at) taken[at[0]] = at[2];
  }
  return rankPosition({ before: withPart(before, [worldSize, taken]) });
}

function isList(position: Position): position is readonly Position[] {
  return Array.isArray(position);
}

function isFields(position: Position): position is { readonly [name: string]: Position } {
  return typeof position === "object" && position !== null && !Array.isArray(position);
}

function notMerged(fault: string, remedy: string): PipelineError {
  return new PipelineError("VOXRX_BAD_CHECKPOINT", `the checkpoints can't be merged: ${fault}`, {
    operator: "mergeCheckpoints",
    remedy,
  });
}
