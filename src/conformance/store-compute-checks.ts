/** A store computes what it does not have, once, and again when a file has changed. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredItem } from "../cache/store.ts";
import { identifyFile } from "../files/identify-file.ts";
import { assertSame } from "./same-items.ts";
import { neverCompute, ramp, type StoreCheck, stored } from "./store-subject.ts";

export const fileChecks: readonly StoreCheck[] = [
  [
    "an entry whose file changed is recomputed, counted and pruned; one whose file did not is a hit",
    async (store) => {
      const folder = await mkdtemp(join(tmpdir(), "voxrx-"));
      try {
        const path = join(folder, "scan");
        const compute = async () => ({ value: 1, files: [await identifyFile(path)] });
        const ask = async () => (await store.getOrCompute({ key: "k", compute })).how;
        await writeFile(path, "one");
        deepStrictEqual([await ask(), await ask()], ["computed", "hit"]);
        await writeFile(path, "other");
        deepStrictEqual([await ask(), await ask()], ["computed", "hit"], "a stale entry was given");
        ok((await store.stats()).stale > 0, "a stale entry was not counted");
        await writeFile(path, "and another");
        ok((await store.prune()).dropped > 0, "a stale entry was not pruned");
        await ask();
        await rm(path);
        strictEqual(await store.get("k"), undefined, "the entry of a file that is gone was given");
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  ],
];

export const computingChecks: readonly StoreCheck[] = [
  [
    "those who ask at once share one computation",
    async (store) => {
      let computed = 0;
      const compute = async () => {
        computed++;
        await new Promise(setImmediate);
        return stored({ image: ramp() });
      };
      const asked = Array.from({ length: 50 }, () => store.getOrCompute({ key: "k", compute }));
      const answers = await Promise.all(asked);
      strictEqual(computed, 1, `it was computed ${computed} times`);
      const hows = answers.map(({ how }) => how);
      strictEqual(hows.filter((how) => how === "computed").length, 1);
      strictEqual(hows.filter((how) => how === "joined").length, 49);
      for (const answer of answers) assertSame(answer.stored.value, { image: ramp() }, "one of them got another item");
      const { hits, misses } = await store.stats();
      deepStrictEqual({ hits, misses }, { hits: 49, misses: 1 });
    },
  ],
  [
    "a failure rejects for all who wait, and is not kept",
    async (store) => {
      const broken = new Error("broken");
      const fail = () => store.getOrCompute({ key: "k", compute: () => Promise.reject(broken) });
      for (const outcome of await Promise.allSettled([fail(), fail(), fail()])) {
        deepStrictEqual(outcome, { status: "rejected", reason: broken });
      }
      const again = await store.getOrCompute({ key: "k", compute: async () => stored(1) });
      deepStrictEqual(again, { stored: stored(1), how: "computed" });
    },
  ],
  [
    "an asker that aborts stops waiting at once; the computation goes on for the others",
    async (store) => {
      const started = deferred<void>();
      const result = deferred<StoredItem>();
      const compute = () => {
        started.resolve();
        return result.promise;
      };
      const gone = new AbortController();
      const leaving = store.getOrCompute({ key: "k", compute, signal: gone.signal });
      const staying = store.getOrCompute({ key: "k", compute });
      await started.promise;
      const reason = new Error("enough");
      const left = rejects(leaving, (error) => error === reason);
      gone.abort(reason);
      await left;
      result.resolve(stored(5));
      strictEqual((await staying).stored.value, 5);
      deepStrictEqual(await store.get("k"), stored(5));
      const late = store.getOrCompute({ key: "new", compute: neverCompute, signal: gone.signal });
      await rejects(late, (error) => error === reason);
    },
  ],
  [
    "nothing is computed if all askers left before it began, and the next one to ask computes",
    async (store) => {
      await store.stats();
      const gone = new AbortController();
      let computed = 0;
      const compute = async () => stored(++computed);
      const leaving = store.getOrCompute({ key: "k", compute, signal: gone.signal });
      const left = rejects(leaving, (error) => error === gone.signal.reason);
      gone.abort(new Error("enough"));
      await left;
      const next = await store.getOrCompute({ key: "k", compute: async () => stored("mine") });
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
