import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, subset } from "voxrx/operators";

test("gives the items at its indices in their order, and computes no other", async () => {
  const computed: number[] = [];
  const items = Dataset.from([0, 10, 20, 30]).pipe(
    map((n) => {
      computed.push(n);
      return n;
    }),
  );
  const chosen = items.pipe(subset([3, 0, -2, 3]));
  expect(await chosen.toArray()).toEqual([30, 0, 20, 30]);
  expect(computed).toEqual([30, 0, 20, 30]);
  expect([chosen.length, await chosen.at(2)]).toEqual([4, 20]);
  const ids = chosen.pipe(map((_, { id }) => id));
  expect(await ids.toArray()).toEqual(["3", "0", "2", "3~1"]);
});

test("an index outside is an error of the run, a stream one of composing", async () => {
  const outside = Dataset.from([1, 2])
    .pipe(subset([2]))
    .toArray();
  await expect(outside).rejects.toMatchObject({ code: "VOXRX_OUT_OF_RANGE", operator: "subset" });
  const stream = Dataset.from(() => [1, 2]);
  const compose = () => stream.pipe(subset([0]) as never);
  expect(compose).toThrow(expect.objectContaining({ code: "VOXRX_NOT_INDEXED", operator: "subset" }));
});
