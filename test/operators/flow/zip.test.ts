import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, prefetch, zip } from "voxrx/operators";
import { countingSource } from "../../support/counting.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("zip", () => {
  test("as long as the shortest, one level of tuples and lists flattened", async () => {
    expect(await zip(Dataset.from(range(5)), Dataset.from(range(5)), Dataset.from(range(5))).at(0)).toEqual([0, 0, 0]);
    expect(zip(Dataset.from(range(3)), Dataset.from(range(4)), Dataset.from(range(5))).length).toBe(3);
    const middle = Dataset.from(range(4)).pipe(map((i) => [1, 2, i] as const));
    expect(await zip(Dataset.from(range(3)), middle, Dataset.from(range(5))).at(0)).toEqual([0, 1, 2, 0, 0]);
    expect(await zip(Dataset.from([[1, 2]]), Dataset.from([[3, [4]]]), Dataset.from([{ a: 1 }])).toArray()).toEqual([
      [1, 2, 3, [4], { a: 1 }],
    ]);
  });

  test("what a longer dataset has after the end of the shortest can't fail, as a stream or by index", async () => {
    const failing = Dataset.from(range(4)).pipe(
      map((n) => {
        if (n > 1) throw new Error("bad");
        return n;
      }),
    );
    for (const zipped of [zip(Dataset.from(range(2)), failing), zip(failing, Dataset.from(range(2)))]) {
      expect(await zipped.toArray()).toHaveLength(2);
      expect(await zipped.pipe(prefetch({ buffer: 2, concurrency: 2 })).toArray()).toHaveLength(2);
    }
  });

  test("the end of one leg closes all", async () => {
    const long = countingSource();
    expect(await zip(long.source, Dataset.from([1, 2])).toArray()).toHaveLength(2);
    expect(long.counts.closed).toBe(1);
    expect(long.counts.produced).toBeLessThanOrEqual(3);
  });
});
