import type { OperatorFunction } from "rxjs";
import { OptionError } from "../errors.ts";
import { lentFrom } from "../plan/lent-items.ts";
import { replayed } from "../plan/source-stages.ts";
import { type Cursor, open, type Position, type Run, type Stage, type StageText } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";
import { BridgeCursor } from "./bridge-cursor.ts";

/** Options of an RxJS operator inside a plan. */
export interface BridgeOptions {
  /**
   * Items that the operator can receive before it has answered. Default 1. `Infinity`: as many as it needs to answer.
   */
  readonly ahead?: number;
  /** Name in `explain()` and messages. Default: the function's own name. */
  readonly name?: string;
}

/**
 * An operator of RxJS, run on demand: applied once per run, and fed an item only when the consumer waits, nothing that
 * it emitted is queued, and it is not visibly working or fewer than `ahead` items are unanswered.
 *
 * Neighboring operators are run as one: what the first emits goes to the second at once, as in RxJS, and one that ends
 * early (`take`) stops one that would never end by itself.
 */
export class BridgeStage implements Stage<unknown> {
  readonly inputs: readonly Stage<unknown>[];
  readonly seed: Seed;
  readonly randomCount: number;
  readonly replays = true;
  readonly passage = { losesIds: true };
  readonly #input: Stage<unknown>;
  readonly #operators: readonly OperatorFunction<unknown, unknown>[];
  readonly #names: readonly string[];
  readonly #ahead: number;
  #hasTimers = false;

  constructor(input: Stage<unknown>, operator: OperatorFunction<never, unknown>, options: BridgeOptions = {}) {
    const { ahead = 1, name = operator.name } = options;
    if (ahead !== Number.POSITIVE_INFINITY && (!Number.isInteger(ahead) || ahead < 1)) {
      throw new OptionError("VOXRX_BAD_OPTION", `ahead must be a positive integer or Infinity, got ${ahead}`, {
        operator: "rxjs",
      });
    }
    const own = name ? `rxjs(${name})` : "rxjs";
    const joins = input instanceof BridgeStage && input.#ahead === ahead;
    this.#input = joins ? input.#input : input;
    this.#operators = joins ? [...input.#operators, ofAnyItem(operator)] : [ofAnyItem(operator)];
    this.#names = joins ? [...input.#names, own] : [own];
    this.#ahead = ahead;
    this.inputs = [this.#input];
    lentFrom(this.inputs, () => own, true);
    this.seed = input.seed;
    this.randomCount = input.randomCount;
  }

  start(run: Run, from?: Position): Cursor<unknown> {
    const operator: OperatorFunction<unknown, unknown> = (source) =>
      this.#operators.reduce((before, each) => each(before), source);
    // The ids of new items start with one "~" for each bridge so far, so two bridges never make the same id.
    const idPrefix = "~".repeat(1 + bridgesBefore(this.#input));
    const cursor = new BridgeCursor(() => open(this.#input, run), operator, {
      ahead: this.#ahead,
      name: this.#names.join(", "),
      idPrefix,
      signal: run.signal,
      onTimer: () => {
        this.#hasTimers = true;
      },
    });
    return replayed(cursor, from);
  }

  get identity(): unknown {
    return this.#names;
  }

  /** Known once an operator has started a timer. */
  get unrepeatable(): string | undefined {
    return this.#hasTimers ? "it uses a timer, so that its items can depend on time" : undefined;
  }

  describe(): readonly StageText[] {
    return this.#names.map((name) => ({ name, notes: ["opaque", "applied once per run", `ahead ${this.#ahead}`] }));
  }
}

function bridgesBefore(stage: Stage<unknown>): number {
  const [input] = stage.inputs;
  return (stage instanceof BridgeStage ? 1 : 0) + (input ? bridgesBefore(input) : 0);
}

/**
 * The compiler checked what the operator accepts where it was composed; the bridge passes items through without reading
 * them.
 */
function ofAnyItem(operator: OperatorFunction<never, unknown>): OperatorFunction<unknown, unknown>;
function ofAnyItem(operator: unknown): unknown {
  return operator;
}
