import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { mapAsync, skip } from "voxrx/operators";
import { turns } from "../../support/counting.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("skip", () => {
  test("begins where an indexed dataset is then, and keeps the concurrency of what is before it", async () => {
    const [started, at] = [[] as number[], { once: 0, most: 0 }];
    const ds = Dataset.from(range(8)).pipe(
      mapAsync(
        async (n) => {
          started.push(n);
          at.most = Math.max(at.most, ++at.once);
          await turns(2);
          at.once--;
          return n;
        },
        { concurrency: 3 },
      ),
      skip(5),
    );
    expect(await ds.toArray()).toEqual([5, 6, 7]);
    expect(started).toEqual([5, 6, 7]);
    expect(at.most).toBe(3);
    expect(await ds.pipe(skip(2)).toArray()).toEqual([7]);
    expect(await ds.pipe(skip(9)).toArray()).toEqual([]);
    expect(
      await Dataset.from(() => range(8).values())
        .pipe(skip(6))
        .toArray(),
    ).toEqual([6, 7]);
  });
});
