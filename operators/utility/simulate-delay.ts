import * as v from "valibot";
import { delay } from "../../src/async/delay.ts";
import { countSchema, numberSchema } from "../../src/options.ts";
import type { SameOperator } from "../../src/plan/operator-types.ts";
import { itemOperator } from "../declare.ts";

/** Options of {@link simulateDelay}. */
export interface SimulateDelayOptions {
  /** Milliseconds to wait for every item, at most a day. Default 0. */
  readonly delayMs?: number;
  /** Items that wait at once. Default 1. */
  readonly concurrency?: number;
}

/** The longest delay, in milliseconds. */
const dayMs = 86_400_000;

/**
 * Waits for every item, to try out what a slow step would do to a pipeline. Items pass unchanged; closing the run ends
 * the wait at once. Deterministic: with a cache after it, cached items are not delayed (MONAI: `SimulateDelay`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { prefetch, simulateDelay } from "voxrx/operators";
 * Dataset.from([1, 2, 3]).pipe(simulateDelay({ delayMs: 100 }), prefetch(2));
 * ```
 */
export const simulateDelay = itemOperator<SimulateDelayOptions, (options?: SimulateDelayOptions) => SameOperator>()({
  name: "simulateDelay",
  version: 1,
  options: {
    delayMs: v.optional(v.pipe(numberSchema, v.minValue(0), v.maxValue(dayMs)), 0),
    concurrency: v.optional(countSchema, 1),
  },
  identity: ({ delayMs }) => ({ delayMs }),
  concurrency: ({ concurrency }) => concurrency,
  apply: (item: unknown, { delayMs }, { signal }) => (delayMs === 0 ? item : delay(delayMs, signal).then(() => item)),
});
