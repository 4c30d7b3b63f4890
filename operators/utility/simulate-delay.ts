import { z } from "zod";
import { type SameOperator, transformOperator } from "../../src/dataset/operator.ts";
import { checkOptions } from "../../src/options.ts";

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
 * once. Deterministic: a cache in front of which it stands spares the wait with what it holds (MONAI: `SimulateDelay`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { prefetch, simulateDelay } from "voxrx/operators";
 * Dataset.from([1, 2, 3]).pipe(simulateDelay({ delayTime: 0.1 }), prefetch(2));
 * ```
 */
export function simulateDelay<T>(options: SimulateDelayOptions = {}): SameOperator<T> {
  const { delayTime, concurrency } = checkOptions("simulateDelay", schema, options);
  return transformOperator<T, T, SameOperator<T>>({
    name: "simulateDelay",
    version: 1,
    options: { delayTime },
    concurrency,
    apply: (item, { signal }) => (delayTime === 0 ? item : waited(delayTime * 1000, signal).then(() => item)),
  });
}

const schema = z.strictObject({
  delayTime: z.number().min(0).max(day).default(0),
  concurrency: z.int().min(1).default(1),
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
