import { totalmem } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { Dataset, limitMemory, memoryStore, Volume } from "voxrx";
import * as op from "voxrx/operators";
import { budget } from "../src/memory/budget.ts";

const usual = budget.limit;
afterEach(() => {
  budget.limit = usual;
});

/** Volumes of 64 KB. */
const volumeOf = (n: number) => new Volume({ data: new Float32Array(16_384).fill(n), shape: [1, 32, 32, 16] });
const numbers = Array.from({ length: 20 }, (_, n) => n);

describe("one budget", () => {
  test("is the container's or the machine's memory, less a quarter", () => {
    const limits = [process.constrainedMemory(), totalmem()].filter((bytes) => bytes > 0);
    expect(usual).toBe(0.75 * Math.min(...limits));
  });

  test("counts look-ahead and memory stores of all pipelines together", async () => {
    const before = budget.used;
    const store = memoryStore();
    const made = Dataset.from(numbers).pipe(op.map(volumeOf, { version: 1 }), op.cacheUntilRandom({ store }));
    await made.pipe(op.take(4)).toArray();
    expect(budget.used - before).toBe((await store.stats()).bytes);
    limitMemory(budget.used + 3 * 66_000);
    const ahead = Dataset.from(numbers).pipe(op.map(volumeOf), op.prefetch({ buffer: 50 }));
    const run = ahead.iterate();
    for (const n of [0, 1, 2, 3]) expect((await run.next()).value?.get(0, 0, 0, 0)).toBe(n);
    expect(budget.used).toBeLessThanOrEqual(budget.limit);
    await run.return();
    await store.close();
    expect(budget.used).toBe(before);
  });

  test("makes stores evict, and never stops a pipeline", async () => {
    limitMemory(budget.used + 3 * 66_000);
    const store = memoryStore();
    const made = Dataset.from(numbers).pipe(op.map(volumeOf, { version: 1 }), op.cacheUntilRandom({ store }));
    const items = await made.pipe(op.prefetch({ buffer: 10 })).toArray();
    expect(items.map((item) => item.get(0, 0, 0, 0))).toEqual(numbers);
    expect(budget.used).toBeLessThanOrEqual(budget.limit);
    expect((await store.stats()).entries).toBeLessThanOrEqual(3);
    limitMemory(1);
    expect((await made.pipe(op.prefetch({ buffer: 10 })).toArray()).length).toBe(20);
    await store.close();
  });
});
