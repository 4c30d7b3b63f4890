import type { Observable } from "rxjs";
import * as v from "valibot";
import { isPromise, type MaybePromise, whenReady } from "../../src/async/maybe-promise.ts";
import { Dataset, IndexedDataset } from "../../src/dataset.ts";
import { checkOptions, numberSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { itemOrderOf, lengthVaries } from "../../src/plan/item-order.ts";
import {
  badPosition,
  type Cursor,
  continuing,
  type Entry,
  type IndexView,
  indexOf,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";
import { MixInput, type MixPlace, mixedEntry, mixPlace, runOfPass } from "./shared/mix-input.ts";
import { MixOrder, type StoppingStrategy } from "./shared/mix-order.ts";
import { Proportions } from "./shared/proportions.ts";

/** One dataset of a {@link mix}. */
export interface MixedDataset {
  readonly dataset: Observable<unknown>;
  /** How often it has the turn, in proportion to the other weights; 0: never. Default 1. */
  readonly weight?: number;
}

/** Options of {@link mix}. */
export interface MixOptions {
  /**
   * When the mix ends. `firstExhausted` (default): when a dataset that has ended has the turn; the proportions hold to
   * the end, and no item comes twice. `allExhausted`: when all have ended at least once; those that end before begin
   * another pass, in another epoch of theirs. `allExhaustedWithoutReplacement`: when all have ended; those that end
   * before leave, and the others go on in their proportions.
   */
  readonly stoppingStrategy?: StoppingStrategy;
}

type ItemOf<D> = D extends Observable<infer T> ? T : never;

/** The dataset that {@link mix} makes of datasets of the types `D`: indexed if all of them are. */
export type Mixed<D> = [D] extends [IndexedDataset<unknown>] ? IndexedDataset<ItemOf<D>> : Dataset<ItemOf<D>>;

/**
 * Takes items from several datasets in turn, in proportion to their weights (tf.data's `sample_from_datasets`, Grain's
 * `mix`, the `interleave_datasets` of Hugging Face). Items are not drawn: the proportions are exact. After n items, a
 * dataset has given its share of n, rounded to the nearest number (the divisor method of Sainte-Laguë, also known as
 * Webster's; with more than three datasets it is rarely one off). Whose turn the n-th item is depends on n and the
 * weights alone, so the mix has the same order and length in every epoch, whatever the seed; shuffle the datasets, or
 * the mix, for another order of the items. The order of the turns is regular, so `forRank` shuffles a mix before it
 * divides it among ranks.
 *
 * Indexed if all datasets are; item n is found without those before it. (With `allExhausted` also their lengths must be
 * the same in every epoch: with a `join` or `balance` after `shuffle` among them, the mix is a stream, and its `length`
 * and `at(i)` throw `VOXRX_NOT_INDEXED`.) Ids get the number of the dataset as a prefix (`1:ID`), and from its second
 * pass on the number of the pass (`1:ID~1`). Pass p of epoch e is epoch e + p * 2^20 of the dataset, so that its order
 * and random numbers differ from those of all other passes. The seed is that of the first dataset. An item that fails
 * has used its turn.
 *
 * Weights can be changed when a run continues: a run that stopped under other weights goes on from where each dataset
 * was, with the new weights from there on. No item is lost or repeated. (In the rest of that epoch, `prefetch` with
 * `concurrency` computes only the transforms after the mix ahead; in the next one all of it.)
 *
 * A dataset without items leaves, or ends a mix with `firstExhausted`, when it has its first turn.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` when no dataset is given, a weight is negative or not finite, all are 0, or
 * two are more than 2^53 times apart
 * @throws PipelineError `VOXRX_TOO_LARGE` when a mix with `allExhausted` would have 2^52 items or more
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { mix } from "voxrx/operators";
 * const [ct, mr] = [Dataset.from(["ct 1", "ct 2", "ct 3"]), Dataset.from(["mr 1", "mr 2"])];
 * const mixed = mix([{ dataset: ct, weight: 2 }, { dataset: mr, weight: 1 }]);
 * await mixed.toArray(); // => ["ct 1", "mr 1", "ct 2", "ct 3", "mr 2"]
 * ```
 */
export function mix<const P extends readonly MixedDataset[]>(
  datasets: P,
  options?: MixOptions,
): Mixed<P[number]["dataset"]>;
export function mix(datasets: readonly MixedDataset[], options: MixOptions = {}): Dataset<unknown> {
  const { stoppingStrategy: strategy, datasets: parts } = checkOptions("mix", schema, { ...options, datasets });
  const stages = parts.map(({ dataset }) => Dataset.from(dataset).stage);
  const weights = parts.map(({ weight }) => weight);
  const [first = never(), ...others] = stages;
  const inputs = [first, ...others] as const;
  const mixing: Mixing = { inputs, weights, turns: new Proportions(weights), strategy };
  const orderOf = (lengths: readonly number[]) => new MixOrder(mixing.turns, weights, lengths, strategy);
  const stage = declareStage({
    inputs,
    text: { name: "mix", detail: `${parts.length} datasets, weights ${weights.join(":")}, ${strategy}` },
    // Weights are left out: a run can continue with others.
    identity: { name: "mix", version: 1, strategy },
    itemOrder: inputs.some((input) => itemOrderOf(input) !== "fixed") ? "varied" : "fixed",
    // By index: whose turn it is in a stream depends on all items.
    passage: { keepsItems: inputs.every((input) => input.index), ids: "repeats" },
    // A second pass over a dataset must be as long as the first, to find item n without those before it.
    index:
      strategy === "allExhausted" && inputs.some(lengthVaries)
        ? undefined
        : {
            length: (...lengths) => orderOf(lengths).length,
            view: (views, run) =>
              whenReady(run.inspection?.only ? soughtViews(inputs, run) : views, (own) =>
                viewOf(mixing, own, orderOf(views.map(({ length }) => length)), run),
              ),
          },
    start: (run, from) => new MixCursor(mixing, run, from),
  });
  return inputs.every((input) => input.index) ? new IndexedDataset(stage) : Dataset.ofStage(stage);
}

const weightSchema = v.pipe(numberSchema, v.minValue(0));

const schema = v.pipe(
  v.strictObject({
    datasets: v.pipe(
      v.array(
        v.strictObject({
          dataset: v.custom<Observable<unknown>>(
            (given) => typeof given === "object" && given !== null,
            "expected a dataset",
          ),
          weight: v.optional(weightSchema, 1),
        }),
      ),
      v.minLength(1),
    ),
    stoppingStrategy: v.optional(
      v.picklist(["firstExhausted", "allExhausted", "allExhaustedWithoutReplacement"]),
      "firstExhausted",
    ),
  }),
  v.check(({ datasets }) => datasets.some(({ weight }) => weight > 0), "expected a weight above 0, got only 0"),
  v.check(({ datasets }) => {
    const weights = datasets.map(({ weight }) => weight).filter((weight) => weight > 0);
    return Math.min(...weights) >= Math.max(...weights) * 2 ** -53;
  }, "expected weights at most 2^53 times apart; 0 leaves a dataset out"),
);

function never(): never {
  throw new RangeError("a mix has a dataset");
}

/** What a mix is made of. */
interface Mixing {
  readonly inputs: readonly Stage<unknown>[];
  readonly weights: readonly number[];
  readonly turns: Proportions;
  readonly strategy: StoppingStrategy;
}

const position = v.strictTuple([v.array(mixPlace), v.array(weightSchema)]);

/**
 * Where each dataset continues. A position holds the weights under which the turns were counted: under others, turns are
 * counted from there on.
 */
function readPlaces(from: Position, { inputs, weights }: Mixing): readonly MixPlace[] {
  const parsed = v.safeParse(position, from);
  if (!parsed.success) throw badPosition(from, "mix");
  const [places, countedUnder] = parsed.output;
  if (places.length !== inputs.length || countedUnder.length !== inputs.length) throw badPosition(from, "mix");
  const isSame = countedUnder.every((weight, n) => weight === weights[n]);
  return isSame ? places : places.map(([at, pass]) => [at, pass, 0]);
}

function positionOf(places: readonly MixPlace[], weights: readonly number[]): Position {
  return [places, weights];
}

/** Pulls the dataset that has the turn. A dataset is opened when it has its first turn. */
class MixCursor implements Cursor<unknown> {
  readonly #mixing: Mixing;
  readonly #run: Run;
  readonly #inputs: readonly MixInput[];
  #isOver = false;

  constructor(mixing: Mixing, run: Run, from: Position | undefined) {
    const places = from === undefined ? [] : readPlaces(from, mixing);
    this.#mixing = mixing;
    this.#run = run;
    this.#inputs = mixing.inputs.map((stage, n) => new MixInput(stage, n, run, places[n]));
  }

  next(): MaybePromise<Entry<unknown> | undefined> {
    if (this.#isOver || this.#run.signal.aborted) return undefined;
    const who = this.#mixing.turns.next(this.#inputs);
    const input = who === undefined ? undefined : this.#inputs[who];
    if (who === undefined || !input) return this.#end();
    return whenReady(input.next(), (entry) => (entry ? this.#mixed(entry, who, input) : this.#ended(input)));
  }

  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#inputs.map((input) => input.close()));
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }

  #mixed(entry: Entry<unknown>, who: number, input: MixInput): Entry<unknown> {
    const places = this.#inputs.map(({ place }) => place);
    return continuing(mixedEntry(entry, who, input.pass), positionOf(places, this.#mixing.weights));
  }

  /** Goes on after the end of a dataset. */
  async #ended(input: MixInput): Promise<Entry<unknown> | undefined> {
    const { strategy, weights } = this.#mixing;
    if (strategy === "firstExhausted") return this.#end();
    const leaves = strategy === "allExhaustedWithoutReplacement" || input.isAtStart;
    const isLast = this.#inputs.every(
      (other, n) => other === input || other.pass > 0 || !other.takesPart || weights[n] === 0,
    );
    if (isLast && strategy === "allExhausted") return this.#end();
    await (leaves ? input.leave() : input.restart());
    return this.next();
  }

  async #end(): Promise<undefined> {
    this.#isOver = true;
    await this.close();
    return undefined;
  }
}

/** The items of each dataset by index, in a run that looks for one item: the ids have no prefix there. */
function soughtViews(inputs: readonly Stage<unknown>[], run: Run): Promise<readonly IndexView<unknown>[]> {
  return Promise.all(inputs.map((input, n) => indexOf(input, runOfPass(run, n, 0))));
}

/** The items of a mix by index. Passes after the first have views of their own epochs. */
function viewOf(
  mixing: Mixing,
  views: readonly IndexView<unknown>[],
  order: MixOrder,
  run: Run,
): Omit<IndexView<unknown>, "length"> {
  const { inputs, weights } = mixing;
  const passes = inputs.map(() => new Map<number, MaybePromise<IndexView<unknown>>>());
  const viewIn = (who: number, pass: number): MaybePromise<IndexView<unknown>> => {
    const [input, first, known] = [inputs[who], views[who], passes[who]];
    if (!input || !first || !known) throw new RangeError(`there is no dataset ${who} among ${inputs.length}`);
    if (pass === 0) return first;
    const view = known.get(pass) ?? indexOf(input, runOfPass(run, who, pass));
    known.set(pass, view);
    // Requests move from pass to pass; two are in use while they do.
    if (known.size > 2) known.delete(Math.min(...known.keys()));
    // A failure is not kept.
    if (isPromise(view)) view.then(undefined, () => known.delete(pass));
    return view;
  };
  const lengthOf = (who: number) => views[who]?.length ?? 0;
  /** Where dataset `who` is after it gave `count` items: at the end of a pass, not at the start of the next. */
  const placeAfter = (who: number, count: number): MixPlace => {
    const pass = Math.max(0, Math.ceil(count / lengthOf(who)) - 1) || 0;
    return [count - pass * lengthOf(who), pass, count];
  };
  const placesAt = (n: number): readonly MixPlace[] => {
    if (n === 0) return inputs.map((_, who) => placeAfter(who, 0));
    const { who: last, before } = order.item(n - 1);
    return before.map((count, who) => placeAfter(who, who === last ? count + 1 : count));
  };
  return {
    at(n) {
      const { who, before } = order.item(n);
      const count = before[who] ?? 0;
      const pass = Math.floor(count / lengthOf(who));
      return whenReady(viewIn(who, pass), (view) =>
        whenReady(view.at(count - pass * lengthOf(who)), (entry) => mixedEntry(entry, who, pass)),
      );
    },
    positionOf: (n) => positionOf(placesAt(n), weights),
    indexAt(from) {
      const places = readPlaces(from, mixing);
      const n = places.reduce((sum, [, , turns]) => sum + turns, 0);
      if (n > order.length) return undefined;
      return JSON.stringify(places) === JSON.stringify(placesAt(n)) ? n : undefined;
    },
  };
}
