import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { filter, mapAsync, prefetch } from "voxrx/operators";

/** Waits a number of turns of the event loop that depends on the item, so that items finish in another order than they began. */
async function scrambled(n: number): Promise<number> {
  for (let i = 0; i < (n * 7) % 5; i++) await new Promise((resolve) => setImmediate(resolve));
  return n;
}

describe("law 2: items come out in source order whatever the concurrency", () => {
  test("mapAsync and prefetch, over streams and indexed datasets", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 30 }),
        fc.boolean(),
        async (concurrency, buffer, length, isStream) => {
          const list = Array.from({ length }, (_, i) => i);
          const source: Dataset<number> = isStream ? Dataset.from(() => list.values()) : Dataset.from(list);
          const ds = source.pipe(mapAsync(scrambled, { concurrency }), prefetch({ buffer, concurrency }));
          expect(await ds.toArray()).toEqual(list);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("items left out leave no gap and change no order", async () => {
    const ds = Dataset.from([0, 1, 2, 3, 4, 5, 6, 7]).pipe(
      mapAsync(scrambled, { concurrency: 4 }),
      filter((n) => n % 3 !== 0),
    );
    expect(await ds.toArray()).toEqual([1, 2, 4, 5, 7]);
  });
});
