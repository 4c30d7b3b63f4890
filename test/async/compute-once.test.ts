import { expect, test } from "vitest";
import { ComputeOnce, requestUntilComputed } from "../../src/async/compute-once.ts";
import { KeyedQueue } from "../../src/async/keyed-queue.ts";
import { LazyValue } from "../../src/async/lazy-value.ts";

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test("callers of one key share a computation, which outlives the one who began it", async () => {
  const once = new ComputeOnce<number>("stop");
  const { promise, resolve } = deferred<number>();
  const first = new AbortController();
  let seen: AbortSignal | undefined;
  const one = once.run(
    "k",
    ({ signal }) => {
      seen = signal;
      return promise;
    },
    first.signal,
  );
  const two = once.run("k", () => Promise.reject(new Error("computed twice")), undefined);
  first.abort(new Error("left"));
  await expect(one).rejects.toThrow("left");
  expect(seen?.aborted).toBe(false);
  resolve(7);
  expect(await two).toEqual({ result: 7, joined: true, isShared: true });
});

test("when the last caller leaves, the computation stops and is waited for, and the next caller begins after it", async () => {
  const once = new ComputeOnce<string>("stop");
  const said: string[] = [];
  const { promise: released, resolve: release } = deferred<void>();
  const caller = new AbortController();
  const left = once.run(
    "k",
    async ({ signal }) => {
      signal.addEventListener("abort", () => said.push("stopping"));
      await released;
      said.push("ended");
      signal.throwIfAborted();
      return "first";
    },
    caller.signal,
  );
  caller.abort(new Error("left"));
  const next = once.run(
    "k",
    () => {
      said.push("second");
      return "second";
    },
    undefined,
  );
  await expect.poll(() => said).toEqual(["stopping"]);
  release();
  await expect(left).rejects.toThrow("left");
  expect((await next).result).toBe("second");
  expect(said).toEqual(["stopping", "ended", "second"]);
});

test("a computation that is to finish goes on when all have left, unless it asks and nothing would be lost", async () => {
  const once = new ComputeOnce<number>("finish");
  const caller = new AbortController();
  const { promise: asked, resolve: ask } = deferred<void>();
  let finished = false;
  const left = once.run(
    "k",
    async ({ commit }) => {
      await asked;
      commit();
      finished = true;
      return 1;
    },
    caller.signal,
  );
  caller.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  const next = await once.run("k", async () => 2, undefined);
  ask();
  await asked;
  expect(next).toMatchObject({ result: 2, joined: false });
  expect(finished).toBe(false);
});

test("a lazy value is there at once where nothing waits, is kept, and a failure is not", async () => {
  const value = new LazyValue<number>();
  const { signal } = new AbortController();
  const fails = () => {
    throw new Error("no");
  };
  expect(() => value.get(fails, signal)).toThrow("no");
  expect(value.known).toBeUndefined();
  expect(value.get(() => 3, signal)).toBe(3);
  expect(value.get(fails, signal)).toBe(3);
});

test("where the caller that computes for all leaves, the next one computes", async () => {
  const leaving = new AbortController();
  leaving.abort(new Error("closed"));
  const once = new ComputeOnce<number>("finish");
  const ask = async (compute: () => Promise<number>) => (await once.run("k", compute, undefined)).result;
  const gone = requestUntilComputed(() => Promise.reject(leaving.signal.reason), ask, leaving.signal);
  const stays = requestUntilComputed(async () => 5, ask, new AbortController().signal);
  await expect(gone).rejects.toThrow("closed");
  expect(await stays).toBe(5);
});

test("work on a key is done in turn; an abort leaves the queue, and does not let the next one pass", async () => {
  const queue = new KeyedQueue();
  const said: string[] = [];
  const { promise, resolve } = deferred<void>();
  const first = queue.run("k", async () => {
    await promise;
    said.push("first");
  });
  const caller = new AbortController();
  const second = queue.run("k", async () => void said.push("second"), caller.signal);
  const third = queue.run("k", async () => void said.push("third"));
  caller.abort(new Error("left"));
  await expect(second).rejects.toThrow("left");
  expect([queue.isBusy("k"), queue.isBusy("other")]).toEqual([true, false]);
  resolve();
  await Promise.all([first, third]);
  expect(said).toEqual(["first", "third"]);
  await expect.poll(() => queue.isBusy("k")).toBe(false);
});
