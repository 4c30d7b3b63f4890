/** A store computes a missing entry once, and again when a file has changed. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identifyFile } from "../http/identify-file.ts";
import type { StoredItem } from "../item/stored-item.ts";
import { assertSame } from "./same-items.ts";
import { neverCompute, ramp, type StoreCheck, stored } from "./store-subject.ts";

export const fileChecks: readonly StoreCheck[] = [
  [
    "an entry whose file changed is recomputed, counted and pruned; one whose file did not is a hit",
    async (store) => {
      const dir = await mkdtemp(join(tmpdir(), "voxrx-"));
      try {
        const path = join(dir, "scan");
        const compute = async () => ({ value: 1, files: [await identifyFile(path)] });
        const outcome = async () => (await store.getOrCompute({ id: "k", compute })).outcome;
        await writeFile(path, "one");
        deepStrictEqual([await outcome(), await outcome()], ["computed", "hit"]);
        await writeFile(path, "other");
        deepStrictEqual([await outcome(), await outcome()], ["computed", "hit"], "a stale entry was returned");
        ok((await store.stats()).stale > 0, "a stale entry was not counted");
        await writeFile(path, "and another");
        ok((await store.prune()).dropped > 0, "a stale entry was not pruned");
        await outcome();
        await rm(path);
        strictEqual(await store.get("k"), undefined, "the entry of a file that no longer exists was returned");
      } finally {
        await rm(dir, { recursive: true });
      }
    },
  ],
];

export const computingChecks: readonly StoreCheck[] = [
  [
    "calls at the same time share one computation",
    async (store) => {
      let computed = 0;
      const compute = async () => {
        computed++;
        await new Promise(setImmediate);
        return stored({ image: ramp() });
      };
      const requests = Array.from({ length: 50 }, () => store.getOrCompute({ id: "k", compute }));
      const answers = await Promise.all(requests);
      strictEqual(computed, 1, `it was computed ${computed} times`);
      const outcomes = answers.map(({ outcome }) => outcome);
      strictEqual(outcomes.filter((outcome) => outcome === "computed").length, 1);
      strictEqual(outcomes.filter((outcome) => outcome === "joined").length, 49);
      for (const answer of answers)
        assertSame(answer.stored.value, { image: ramp() }, "one call returned another item");
      const { hits, misses } = await store.stats();
      deepStrictEqual({ hits, misses }, { hits: 49, misses: 1 });
    },
  ],
  [
    "a failure rejects all waiting calls, and is not kept",
    async (store) => {
      const broken = new Error("broken");
      const fail = () => store.getOrCompute({ id: "k", compute: () => Promise.reject(broken) });
      for (const outcome of await Promise.allSettled([fail(), fail(), fail()])) {
        deepStrictEqual(outcome, { status: "rejected", reason: broken });
      }
      const again = await store.getOrCompute({ id: "k", compute: async () => stored(1) });
      deepStrictEqual(again, { stored: stored(1), outcome: "computed" });
    },
  ],
  [
    "a caller that aborts stops waiting at once; the computation continues for the others",
    async (store) => {
      const started = deferred<void>();
      const result = deferred<StoredItem>();
      const compute = () => {
        started.resolve();
        return result.promise;
      };
      const gone = new AbortController();
      const leaving = store.getOrCompute({ id: "k", compute, signal: gone.signal });
      const staying = store.getOrCompute({ id: "k", compute });
      await started.promise;
      const reason = new Error("enough");
      const left = rejects(leaving, (error) => error === reason);
      gone.abort(reason);
      await left;
      result.resolve(stored(5));
      strictEqual((await staying).stored.value, 5);
      deepStrictEqual(await store.get("k"), stored(5));
      const late = store.getOrCompute({ id: "new", compute: neverCompute, signal: gone.signal });
      await rejects(late, (error) => error === reason);
    },
  ],
  [
    "nothing is computed if all callers left before it began, and the next caller computes",
    async (store) => {
      await store.stats();
      const gone = new AbortController();
      let computed = 0;
      const compute = async () => stored(++computed);
      const leaving = store.getOrCompute({ id: "k", compute, signal: gone.signal });
      const left = rejects(leaving, (error) => error === gone.signal.reason);
      gone.abort(new Error("enough"));
      await left;
      const next = await store.getOrCompute({ id: "k", compute: async () => stored("mine") });
      deepStrictEqual([next.stored.value, computed], ["mine", 0]);
    },
  ],
];

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
