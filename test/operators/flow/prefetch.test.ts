import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, prefetch } from "voxrx/operators";
import { countingSource, turns } from "../../support/counting.ts";

test("items are computed while the consumer is busy, and no more than stated", async () => {
  const { source, counts } = countingSource();
  const run = source.pipe(prefetch({ buffer: 3 })).iterate();
  expect((await run.next()).value).toBe(0);
  await turns();
  // The one given, three that wait, and one in work.
  expect(counts.produced).toBe(5);
  await turns();
  expect(counts.produced).toBe(5);
  await run.return?.();
  expect(counts).toMatchObject({ opened: 1, closed: 1 });
});

test("an item larger than maxBytes is let through, alone", async () => {
  let made = 0;
  const large = Dataset.from([0, 1, 2]).pipe(
    map(() => new Uint8Array(1000).fill(made++)),
    prefetch({ buffer: 3, maxBytes: 10 }),
  );
  const run = large.iterate();
  const first = await run.next();
  expect(first.value?.[0]).toBe(0);
  await turns();
  expect(made).toBe(2);
  expect((await run.next()).value?.[0]).toBe(1);
  expect((await run.next()).value?.[0]).toBe(2);
  expect((await run.next()).done).toBe(true);
});
