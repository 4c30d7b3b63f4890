import { expect, expectTypeOf, test } from "vitest";
import { Dataset } from "voxrx";
import { filter, map } from "voxrx/operators";

test("keeps what the function answers true for, in order, with the ids of the source", async () => {
  const even = Dataset.from([4, 1, 6, 3]).pipe(
    filter(async (n) => n % 2 === 0),
    map((n, { id }) => [n, id]),
  );
  expect(await even.toArray()).toEqual([
    [4, "0"],
    [6, "2"],
  ]);
});

test("a dataset after it is a stream, and its items have the type that the function tells", async () => {
  const mixed: readonly (number | string)[] = [1, "a", 2];
  const numbers = Dataset.from(mixed).pipe(filter((item) => typeof item === "number"));
  expectTypeOf(numbers).toEqualTypeOf<Dataset<number>>();
  expect("at" in numbers).toBe(false);
  expect(await numbers.toArray()).toEqual([1, 2]);
});

test("what the function throws names the operator and the item", async () => {
  const failing = filter((n: number) => {
    if (n > 1) throw new Error("too large");
    return true;
  });
  const run = Dataset.from([1, 2]).pipe(failing).toArray();
  await expect(run).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", operator: "filter", item: "1" });
});
