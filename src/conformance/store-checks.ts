/** What every store promises. */

import type { Store } from "../cache/store.ts";
import type { Seed } from "../random/random.ts";
import type { Check } from "./checks.ts";
import { answeringChecks, limitChecks } from "./store-account-checks.ts";
import { computingChecks, fileChecks } from "./store-compute-checks.ts";
import { keepingChecks, protectionChecks, regionChecks } from "./store-item-checks.ts";
import { within } from "./time-limit.ts";

/**
 * Makes a new, empty store. `maxBytes` is set if the promise is about a limit; a store without limits can ignore it.
 */
export type MakeStore = (limits?: { readonly maxBytes: number }) => Store | Promise<Store>;

/** Options of {@link storeChecks}. */
export interface StoreCheckOptions {
  /** Number of random items to store. Default 60. */
  readonly items?: number;
  /** Seed of the random items. Default 0. */
  readonly seed?: Seed;
  /** Time limit of a check, in ms; one that takes longer fails. Default 30000. */
  readonly timeoutMs?: number;
}

/**
 * Checks what a store promises. Run them with `runChecks`, or make a test from each in a test runner. Every store that
 * the checks make is closed.
 *
 * @example
 * ```ts
 * import { memoryStore } from "voxrx";
 * import { runChecks, storeChecks } from "voxrx/extend";
 * (await runChecks(storeChecks((limits) => memoryStore(limits)))).broken; // => []
 * ```
 */
export function storeChecks(make: MakeStore, options: StoreCheckOptions = {}): readonly Check[] {
  const { timeoutMs = 30_000, items = 60, seed = 0 } = options;
  const checks = [
    ...keepingChecks(items, seed),
    ...protectionChecks,
    ...limitChecks,
    ...fileChecks,
    ...computingChecks,
    ...regionChecks(seed),
    ...answeringChecks,
  ];
  return checks.map(([promise, run, limits]) => ({
    promise,
    async run() {
      const store = await make(limits);
      try {
        await within(timeoutMs, run(store), "the check");
      } finally {
        await within(timeoutMs, store.close(), "close");
      }
    },
  }));
}
