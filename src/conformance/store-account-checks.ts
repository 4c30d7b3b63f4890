/** A store counts what it holds, stays within its limit, and closes. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { readRegion } from "../cache/read-region.ts";
import { isVoxRxError } from "../errors.ts";
import { assertSame } from "./same-items.ts";
import { ramp, type StoreCheck, stored } from "./store-subject.ts";

const maxBytes = 40_000;

export const limitChecks: readonly StoreCheck[] = [
  [
    "it stays within its limit, if it has one, by evicting the least recently used entries",
    async (store) => {
      const limit = (await store.stats()).maxBytes;
      if (limit === undefined) return;
      for (let n = 0; n < 8; n++) {
        await store.set(`k${n}`, stored(ramp(2_000)));
        await store.get("k0");
        const { bytes } = await store.stats();
        ok(bytes <= limit, `it holds ${bytes} bytes with a limit of ${limit}`);
      }
      ok(await store.get("k0"), "an entry that was used all the time was dropped");
      ok(await store.get("k7"), "the latest entry was dropped");
      strictEqual(await store.get("k1"), undefined, "the least recently used entry is still there");
      ok((await store.stats()).evicted > 2, "entries were dropped, but not counted");
    },
    { maxBytes },
  ],
  [
    "an item larger than its limit is computed and returned, but not kept",
    async (store) => {
      if ((await store.stats()).maxBytes === undefined) return;
      for (let round = 0; round < 2; round++) {
        const answer = await store.getOrCompute({ id: "k", compute: async () => stored(ramp(20_000)) });
        strictEqual(answer.outcome, "computed");
        assertSame(answer.stored.value, ramp(20_000), "another item was returned");
      }
      strictEqual((await store.stats()).entries, 0);
    },
    { maxBytes },
  ],
  [
    "prune leaves at most the given number of bytes, of the most recently used entries; clear leaves nothing",
    async (store) => {
      for (let n = 0; n < 4; n++) await store.set(`k${n}`, stored(ramp(2_000)));
      const { bytes, dropped } = await store.prune(20_000);
      ok(bytes <= 20_000, `prune(20000) left ${bytes} bytes`);
      ok(dropped > 0, "prune dropped entries, but did not count them");
      ok(await store.get("k3"), "prune dropped the latest entry");
      strictEqual(await store.get("k0"), undefined, "prune left the least recently used entry");
      await rejects(store.prune(-1), (error) => isVoxRxError(error, "VOXRX_BAD_OPTION"));
      await store.clear();
      const after = await store.stats();
      deepStrictEqual([after.entries, after.bytes], [0, 0], "clear left something");
      strictEqual(await store.get("k3"), undefined, "clear left an entry");
    },
  ],
];

export const answeringChecks: readonly StoreCheck[] = [
  [
    "stats and verify count what is there",
    async (store) => {
      await store.set("a", stored(ramp(100)));
      await store.get("a");
      await store.get("b");
      const { bytes, maxBytes: limit, ...counts } = await store.stats();
      deepStrictEqual(counts, { entries: 1, hits: 1, misses: 1, evicted: 0, stale: 0, damaged: 0 });
      ok(bytes >= 400, `an entry of 400 bytes is counted as ${bytes}`);
      ok(limit === undefined || limit >= bytes);
      const { checked, damaged } = await store.verify();
      ok(checked >= 1, "verify checked no entry");
      deepStrictEqual(damaged, [], "verify found damage where there is none");
    },
  ],
  [
    "after close every call fails with VOXRX_STORE_CLOSED, and a second close does nothing",
    async (store) => {
      await store.set("a", stored(1));
      await store.close();
      await store.close();
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        get: () => store.get("a"),
        set: () => store.set("a", stored(1)),
        getOrCompute: () => store.getOrCompute({ id: "a", compute: async () => stored(1) }),
        readRegion: () => readRegion(store, { id: "a", regions: {} }),
        delete: () => store.delete("a"),
        stats: () => store.stats(),
        verify: () => store.verify(),
        prune: () => store.prune(),
        clear: () => store.clear(),
      };
      for (const [name, call] of Object.entries(calls)) {
        await rejects(
          call,
          (error) => isVoxRxError(error, "VOXRX_STORE_CLOSED"),
          `${name} does not fail with VOXRX_STORE_CLOSED`,
        );
      }
    },
  ],
];
