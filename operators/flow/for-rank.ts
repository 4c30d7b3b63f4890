import * as v from "valibot";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { type RankPlace, rankPlaceIn, rankPosition, remainingOrder } from "../../src/checkpoint/rank-position.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { countSchema, integerSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { itemOrderOf } from "../../src/plan/item-order.ts";
import { repeatedEntry } from "../../src/plan/repeated-entry.ts";
import {
  badPosition,
  cursorOverIndex,
  type IndexView,
  indexOf,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";
import { permutation } from "../../src/random/permutation.ts";
import { Random } from "../../src/random/random.ts";

/** Options of {@link forRank}. */
export interface ForRankOptions {
  /** Number of this process among those that train together, from 0 on. */
  readonly rank: number;
  /** Number of these processes. */
  readonly worldSize: number;
  /**
   * What happens if the items can't be divided evenly. `keep` (default): some ranks get one item more. `pad`: the first
   * items of the order are repeated, so that all ranks get as many as the longest. `drop`: the last items are left out,
   * so that all ranks get as many as the shortest.
   */
  readonly uneven?: "keep" | "pad" | "drop";
  /**
   * Whether the items are shuffled before they are divided. Default: only if they don't come in a random order already,
   * from a `shuffle` before. Without one, each rank would get the same items in every epoch, and every n-th item of
   * what {@link balance} or {@link mix} yields may all be of one class.
   */
  readonly shuffle?: boolean;
}

/**
 * Gives this process its part of an indexed dataset: of one global order, in which item n belongs to rank n modulo
 * `worldSize`. The order is the same for any number of ranks and another one in every epoch, so that each item is read
 * by exactly one rank in an epoch, and by changing ranks over the epochs (torch: `DistributedSampler`). Put it before
 * the operators that compute something, and after `shuffle`. The dataset stays indexed.
 *
 * A checkpoint of one rank continues that rank. `mergeCheckpoints` makes one of all ranks, from which any number of
 * ranks continues. `rankFromEnv` finds both numbers.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` if `rank` is not below `worldSize`
 * @throws PipelineError `VOXRX_NOT_INDEXED` for a stream; `VOXRX_OTHER_PLAN` for a checkpoint of another rank
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { forRank } from "voxrx/operators";
 * const scans = Dataset.from(["a", "b", "c", "d"]);
 * const first = await scans.pipe(forRank({ rank: 0, worldSize: 2 })).toArray();
 * const second = await scans.pipe(forRank({ rank: 1, worldSize: 2 })).toArray();
 * [...first, ...second].sort(); // => ["a", "b", "c", "d"]
 * ```
 */
export const forRank = stageOperator<ForRankOptions, FlowOperator<ForRankOptions>>()({
  name: "forRank",
  version: 1,
  options: {
    rank: v.pipe(integerSchema, v.minValue(0)),
    worldSize: countSchema,
    uneven: v.optional(v.picklist(["keep", "pad", "drop"]), "keep"),
    shuffle: v.optional(v.boolean()),
  },
  rules: [
    {
      test: ({ rank, worldSize }) => rank < worldSize,
      fault: "rank must be below worldSize",
      option: "rank",
    },
  ],
  stage(input, { rank, worldSize, uneven, shuffle = itemOrderOf(input) !== "random" }) {
    if (!input.index) {
      throw new PipelineError("VOXRX_NOT_INDEXED", "the items can only be divided by index, and this is a stream", {
        operator: "forRank",
        remedy: "Put it before the operators that make a stream of the list, or put indexed() before it.",
      });
    }
    const division: Division = { rank, worldSize, uneven, shuffle };
    const viewFrom = (run: Run, place: RankPlace) =>
      whenReady(indexOf(input, run), (items) => itemsOfRank(items, division, input, run, place));
    return declareStage({
      inputs: [input],
      text: { name: "forRank", detail: `rank ${rank} of ${worldSize}, uneven ${uneven}, shuffle ${shuffle}` },
      // Not the rank: any number of ranks has the same items.
      identity: { name: "forRank", version: 1, options: { uneven, shuffle } },
      rank: [rank, worldSize],
      passage: { keepsItems: true, ids: "repeats" },
      itemOrder: shuffle ? "random" : undefined,
      ownIndex: {
        view: (run) => viewFrom(run, { before: [] }),
        knownLength: () => {
          const length = input.knownLength?.();
          return length === undefined ? undefined : countOfRank(length, division);
        },
      },
      start(run, from) {
        const place = placeFrom(from);
        return cursorOverIndex(() => viewFrom(run, place), from);
      },
    });
  },
});

/** How the items are divided among ranks. */
interface Division {
  readonly rank: number;
  readonly worldSize: number;
  readonly uneven: "keep" | "pad" | "drop";
  readonly shuffle: boolean;
}

/** Where a rank continues; that it is this one is checked with the checkpoint. */
function placeFrom(from: Position | undefined): RankPlace {
  if (from === undefined) return { before: [] };
  const place = rankPlaceIn(from);
  if (!place) throw badPosition(from, "forRank");
  return place;
}

function countOfRank(length: number, { rank, worldSize, uneven }: Division): number {
  if (uneven === "drop") return Math.floor(length / worldSize);
  return Math.ceil((uneven === "pad" ? length : length - rank) / worldSize);
}

/** What this rank gets of the items that are left. */
function itemsOfRank(
  items: IndexView<unknown>,
  division: Division,
  input: Stage<unknown>,
  run: Run,
  { before }: RankPlace,
): IndexView<unknown> {
  const { rank, worldSize, shuffle } = division;
  const count = items.length;
  const random = () => new Random(run.seed ?? input.seed, run.epoch, "forRank");
  const order = shuffle && count > 0 ? permutation(count, random()) : (place: number) => place;
  const left = remainingOrder(count, before);
  return {
    length: left.length === 0 ? 0 : Math.max(0, countOfRank(left.length, division)),
    at(index) {
      const n = index * worldSize + rank;
      if (n < left.length) return items.at(order(left.placeOf(n)));
      const padding = n - left.length;
      return whenReady(items.at(order(padding % count)), (entry) =>
        repeatedEntry(entry, 1 + Math.floor(padding / count)),
      );
    },
    positionOf: (index) => rankPosition({ before, at: [rank, worldSize, index] }),
    indexAt(position) {
      const place = rankPlaceIn(position);
      if (!place || JSON.stringify(place.before) !== JSON.stringify(before)) return undefined;
      const [itsRank, itsSize, taken] = place.at ?? [rank, worldSize, 0];
      return itsRank === rank && itsSize === worldSize ? taken : undefined;
    },
  };
}
