import { z } from "zod";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { SameOperator } from "../../src/operator/operator-types.ts";
import { countSchema } from "../../src/options.ts";

/** Options of {@link simulateDelay}. */
export interface SimulateDelayOptions {
  /** Seconds to wait with every item, at most a day. Default 0. */
  readonly delayTime?: number;
  /** Items that wait at once. Default 1. */
  readonly concurrency?: number;
}

/** The longest delay, in seconds. */
const day = 86_400;

/**
 * Waits with every item, to try out what a slow step would do to a pipeline. Items pass unchanged; closing the run ends the wait at
 * once. Deterministic: before a cache, items that the cache holds need no wait (MONAI: `SimulateDelay`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { prefetch, simulateDelay } from "voxrx/operators";
 * Dataset.from([1, 2, 3]).pipe(simulateDelay({ delayTime: 0.1 }), prefetch(2));
 * ```
 */
export const simulateDelay = itemOperator<SimulateDelayOptions, (options?: SimulateDelayOptions) => SameOperator>()({
  name: "simulateDelay",
  version: 1,
  options: {
    delayTime: z.number().min(0).max(day).default(0),
    concurrency: countSchema.default(1),
  },
  identity: ({ delayTime }) => ({ delayTime }),
  concurrency: ({ concurrency }) => concurrency,
  apply: (item: unknown, { delayTime }, { signal }) =>
    delayTime === 0 ? item : waited(delayTime * 1000, signal).then(() => item),
});

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. Leaves neither timer nor listener behind. */
function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
