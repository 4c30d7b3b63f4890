import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, mapAsync, onError, prefetch, randSpatialCropSamples, skip } from "voxrx/operators";
import { turns } from "../../support/counting.ts";
import { ramp } from "../../support/volumes.ts";

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

  test("that ends inside of an item that fails goes on with all parts of the next one", async () => {
    const image = ramp([1, 4, 2]);
    const parts = Dataset.from(range(4).map((n) => ({ n, image }))).pipe(
      map((scan) => {
        if (scan.n === 1) throw new Error("bad");
        return scan;
      }),
      randSpatialCropSamples({ keys: "image", roiSize: 2, numSamples: 3 }),
    );
    for (const count of [3, 4, 5]) {
      const skipping = onError({ skip: true, onSkip: () => undefined });
      const rest = parts.pipe(skip(count), skipping);
      const ids = async (ds: typeof rest) => (await ds.pipe(map(({ n }, { id }) => `${n} ${id}`)).toArray()).sort();
      const wanted = [2, 3].flatMap((n) => range(3).map((part) => `${n} ${n}/${part}`));
      expect(await ids(rest)).toEqual(wanted);
      expect(await ids(parts.pipe(skip(count), prefetch({ buffer: 2, concurrency: 2 }), skipping))).toEqual(wanted);
      const run = rest.iterate({ epoch: 0 });
      const first = await run.next();
      const from = run.checkpoint();
      await run.return();
      expect([first.value, ...(await rest.toArray({ from }))].map((item) => item?.n)).toEqual([2, 2, 2, 3, 3, 3]);
    }
  });
});
