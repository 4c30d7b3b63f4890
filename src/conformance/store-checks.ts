/** What every store promises. */

import type { Store } from "../cache/store.ts";
import type { Seed } from "../random/random.ts";
import type { Check } from "./checks.ts";
import { answeringChecks, limitChecks } from "./store-account-checks.ts";
import { computingChecks, fileChecks } from "./store-compute-checks.ts";
import { keepingChecks, protectionChecks, regionChecks } from "./store-item-checks.ts";
import { within } from "./time-limit.ts";

/** Makes a fresh, empty store. `maxBytes` is given where the promise is about a limit; a store without limits may ignore it. */
export type MakeStore = (limits?: { readonly maxBytes: number }) => Store | Promise<Store>;

/** Options of {@link storeChecks}. */
export interface StoreCheckOptions {
  /** Random items that the store is given. Default 60. */
  readonly items?: number;
  /** What they are drawn with. Default 0. */
  readonly seed?: Seed;
  /** A check that takes longer is broken. Default 30000. */
  readonly timeoutMs?: number;
}

/**
 * The promises of a store. A runner for them is `runChecks`; with a test runner, make a test of each. Every store that they make is
 * closed.
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
