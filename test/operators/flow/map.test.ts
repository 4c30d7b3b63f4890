import { expect, test } from "vitest";
import { Dataset, type Operator } from "voxrx";
import { map } from "voxrx/operators";

test("the function gets the declared options, and a promise is waited for", async () => {
  const scaled = Dataset.from([1, 2, 3]).pipe(
    map(async (n, { options }) => n * options.factor, { version: 1, options: { factor: 2 } }),
  );
  expect(await scaled.toArray()).toEqual([2, 4, 6]);
  expect(await scaled.at(2)).toBe(6);
});

test("items come one at a time: the next is not begun before a promise is kept", async () => {
  let [inWork, most] = [0, 0];
  const slow = map(async (n: number) => {
    most = Math.max(most, ++inWork);
    await Promise.resolve();
    inWork--;
    return n;
  });
  await Dataset.from([1, 2, 3]).pipe(slow).toArray();
  expect(most).toBe(1);
});

test("draws depend on seed, epoch, item and place in the plan, and on nothing else", async () => {
  const draw = () => map((n: number, { random }) => [n, random().uniform()] as const);
  const items = Dataset.from([0, 1, 2], { seed: 3 });
  const first = await items.pipe(draw()).epoch(1).toArray();
  expect(await items.pipe(draw()).epoch(1).toArray()).toEqual(first);
  expect(await items.pipe(draw()).at(2, { epoch: 1 })).toEqual(first[2]);
  const later = items.pipe(
    map((n: number) => n),
    draw(),
  );
  const others = [await items.pipe(draw()).epoch(2).toArray(), await later.epoch(1).toArray()];
  for (const other of others) {
    expect(other.map(([n]) => n)).toEqual([0, 1, 2]);
    for (const [n, [, value]] of other.entries()) expect(value).not.toBe(first[n]?.[1]);
  }
});

test("a function with a version may not ask which item it has, nor for a random number", async () => {
  const asking: readonly Operator<number, unknown, true>[] = [
    map((_: number, { id }) => id, { version: 1 }),
    map((_: number, { index }) => index, { version: 1 }),
    map((_: number, { random }) => random(), { version: 1 }),
  ];
  for (const ask of asking) {
    const failed = Dataset.from([1]).pipe(ask).toArray();
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_NOT_DETERMINISTIC", operator: "map" });
  }
});
