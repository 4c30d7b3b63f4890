import { expect, test } from "vitest";
import { take } from "voxrx/operators";
import { countingSource } from "../../support/counting.ts";

test("the source is closed before the last item is given, and is not opened for none", async () => {
  const { source, counts } = countingSource();
  const run = source.pipe(take(2)).iterate();
  expect(await run.next()).toEqual({ done: false, value: 0 });
  expect(counts).toEqual({ opened: 1, closed: 0, produced: 1 });
  expect(await run.next()).toEqual({ done: false, value: 1 });
  expect(counts).toEqual({ opened: 1, closed: 1, produced: 2 });
  expect(await run.next()).toEqual({ done: true, value: undefined });
  expect(await source.pipe(take(0)).toArray()).toEqual([]);
  expect(counts).toEqual({ opened: 1, closed: 1, produced: 2 });
});

test("more than there is gives all", async () => {
  const { source } = countingSource({ length: 3 });
  expect(await source.pipe(take(5)).toArray()).toEqual([0, 1, 2]);
});

test.for([-1, 1.5, Number.NaN])("%d is refused when it is composed", (count) => {
  expect(() => take(count)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "take" }));
});
