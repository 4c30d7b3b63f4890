import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { batch, compose, map } from "voxrx/operators";

const plus = (k: number) => map((n: number) => n + k, { version: 1 });

test("operators in one are the same operators one by one: items, index and plan", async () => {
  const items = Dataset.from([1, 2, 3]);
  const [together, apart] = [items.pipe(compose(plus(1), plus(10))), items.pipe(plus(1), plus(10))];
  expect(together.explain()).toBe(apart.explain());
  expect(await together.toArray()).toEqual([12, 13, 14]);
  expect(await together.at(1)).toBe(13);
});

test("one that ends in batches makes batches", async () => {
  const tensors = Dataset.from([1, 2, 3]).pipe(compose(plus(1), batch(2)));
  expect(await tensors.toArray()).toEqual(await Dataset.from([2, 3, 4]).pipe(batch(2)).toArray());
});
