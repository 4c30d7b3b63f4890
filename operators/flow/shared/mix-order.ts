/** Which item of a mix comes from which dataset, computed from the lengths of the datasets. */
import { PipelineError } from "../../../src/errors.ts";
import type { Proportions, Turn } from "./proportions.ts";

/** What happens when a dataset of a mix has ended. */
export type StoppingStrategy = "firstExhausted" | "allExhausted" | "allExhaustedWithoutReplacement";

/** Datasets that take turns at the same time. */
interface Stretch {
  /** Number of items of the mix before it. */
  readonly start: number;
  readonly among: readonly number[];
  /** Number of items of the datasets that have ended, all of which came before it. */
  readonly ended: number;
}

const nobody: Stretch = { start: 0, among: [], ended: 0 };

/** The order of the items of a mix of datasets with known lengths. */
export class MixOrder {
  /** Number of items of the mix. */
  readonly length: number;
  readonly #turns: Proportions;
  readonly #lengths: readonly number[];
  readonly #stretches: readonly Stretch[];

  constructor(turns: Proportions, weights: readonly number[], lengths: readonly number[], strategy: StoppingStrategy) {
    this.#turns = turns;
    this.#lengths = lengths;
    const taking = [...weights.keys()].filter((who) => (weights[who] ?? 0) > 0);
    // A dataset is found to have ended when it has the turn after its last item.
    const byEnd = taking.toSorted((a, b) => turns.compare(a, this.#lengthOf(a), b, this.#lengthOf(b)));
    if (strategy === "allExhaustedWithoutReplacement") {
      this.#stretches = byEnd.map((_, n) => this.#stretch(byEnd, n));
      this.length = taking.reduce((sum, who) => sum + this.#lengthOf(who), 0);
      return;
    }
    const restarts = strategy === "allExhausted";
    const among = restarts ? taking.filter((who) => this.#lengthOf(who) > 0) : taking;
    this.#stretches = [{ start: 0, among, ended: 0 }];
    this.length = this.#itemsBefore(restarts ? byEnd.at(-1) : byEnd[0], among);
    if (!(this.length < 2 ** 52)) throw tooLong(this.length);
  }

  /** Where item `n` of the mix comes from: the dataset, and the number of items that each dataset gave before it. */
  item(n: number): Turn {
    const { among, ended } = this.#stretches.findLast(({ start }) => start <= n) ?? nobody;
    const turn = this.#turns.turn(n - ended, among);
    if (ended === 0) return turn;
    return { ...turn, before: turn.before.map((count, who) => (among.includes(who) ? count : this.#endOf(who))) };
  }

  /** The stretch that begins when the datasets `byEnd[0]` to `byEnd[n - 1]` have ended. */
  #stretch(byEnd: readonly number[], n: number): Stretch {
    const gone = byEnd.slice(0, n);
    const among = byEnd.slice(n);
    const ended = gone.reduce((sum, who) => sum + this.#lengthOf(who), 0);
    const last = gone.at(-1);
    return { among, ended, start: last === undefined ? 0 : ended + this.#itemsBefore(last, among) };
  }

  /** Number of items that some datasets give before the end of one is found. */
  #itemsBefore(ending: number | undefined, among: readonly number[]): number {
    if (ending === undefined) return 0;
    const end = this.#lengthOf(ending);
    return among.reduce((sum, who) => sum + this.#turns.before(who, ending, end), 0);
  }

  #lengthOf(who: number): number {
    return this.#lengths[who] ?? 0;
  }

  #endOf(who: number): number {
    return this.#stretches[0]?.among.includes(who) ? this.#lengthOf(who) : 0;
  }
}

function tooLong(length: number): PipelineError {
  return new PipelineError("VOXRX_TOO_LARGE", `the mix would have ${length} items until every dataset has ended`, {
    operator: "mix",
    remedy: "Use weights that are less far apart, or another stoppingStrategy.",
  });
}
