import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { mapAsync } from "voxrx/operators";
import { turns } from "../../support/counting.ts";

test.for([1, 3, 5])(
  "with concurrency %i as many are in work, and they come in the order of the source",
  async (most) => {
    let [inWork, seen] = [0, 0];
    const work = mapAsync(
      async (n: number) => {
        seen = Math.max(seen, ++inWork);
        // Later items are done sooner.
        await turns(12 - n);
        inWork--;
        return n * 10;
      },
      { concurrency: most },
    );
    const items = Array.from({ length: 12 }, (_, n) => n);
    expect(
      await Dataset.from(() => items)
        .pipe(work)
        .toArray(),
    ).toEqual(items.map((n) => n * 10));
    expect(seen).toBe(most);
  },
);

test("a failure comes in its item's turn, after those before it", async () => {
  const work = mapAsync(async (n: number) => {
    if (n === 1) throw new Error("one");
    await turns(3);
    return n;
  });
  const run = Dataset.from([0, 1, 2]).pipe(work).iterate();
  expect(await run.next()).toEqual({ done: false, value: 0 });
  await expect(run.next()).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", operator: "mapAsync", item: "1" });
});
